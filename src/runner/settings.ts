/** How careful the runner is: from `OnlineMigrator.with({ … })` in mikro-orm.config.ts, and from the environment, which wins. */
import { SettingsError } from '../errors.ts';

export interface RunnerSettings {
  /** Longest wait for a lock that makes others wait: whoever queues behind us waits at most that long. */
  readonly lockTimeoutMs: number;
  /** Longest work under such a lock, for each statement. */
  readonly statementTimeoutMs: number;
  /** How long a step is tried again until it has its locks. */
  readonly lockPatienceMs: number;
  /** Longest single wait of a statement that makes nobody wait: a concurrent index build or drop, a validation. */
  readonly buildPatienceMs: number;
  /** How long the rows are looked at before a constraint, for each. */
  readonly rowCheckMs: number;
  /** Sessions that fill a large table at a time. */
  readonly backfillWorkers: number;
  /** How long a batch of a backfill should take: about as long do others wait for its rows. */
  readonly backfillBatchMs: number;
  /** 0: as many as there are. */
  readonly maxRowsPerSecond: number;
  /** A replica that is further behind makes backfills pause. */
  readonly maxReplicaLagMs: number;
}

export const DEFAULT_SETTINGS: RunnerSettings = {
  lockTimeoutMs: 40,
  statementTimeoutMs: 5_000,
  lockPatienceMs: 10 * 60_000,
  buildPatienceMs: 4 * 60 * 60_000,
  rowCheckMs: 10_000,
  backfillWorkers: 2,
  backfillBatchMs: 50,
  maxRowsPerSecond: 0,
  maxReplicaLagMs: 10_000,
};

const VARIABLES: Readonly<Record<keyof RunnerSettings, string>> = {
  lockTimeoutMs: 'MIGRATE_LOCK_TIMEOUT_MS',
  statementTimeoutMs: 'MIGRATE_STATEMENT_TIMEOUT_MS',
  lockPatienceMs: 'MIGRATE_LOCK_PATIENCE_MS',
  buildPatienceMs: 'MIGRATE_BUILD_PATIENCE_MS',
  rowCheckMs: 'MIGRATE_ROW_CHECK_MS',
  backfillWorkers: 'MIGRATE_BACKFILL_WORKERS',
  backfillBatchMs: 'MIGRATE_BACKFILL_BATCH_MS',
  maxRowsPerSecond: 'MIGRATE_MAX_ROWS_PER_SECOND',
  maxReplicaLagMs: 'MIGRATE_MAX_REPLICA_LAG_MS',
};

/** PostgreSQL takes milliseconds as a 32-bit integer, and 0 for no limit at all, which is never meant here. */
const LARGEST = 2 ** 31 - 1;

/** @throws SettingsError that names every bad value at once. */
export function readRunnerSettings(configured: Partial<RunnerSettings>, env: NodeJS.ProcessEnv): RunnerSettings {
  const problems: string[] = [];
  const settings = { ...DEFAULT_SETTINGS };
  for (const key of Object.keys(VARIABLES) as (keyof RunnerSettings)[]) {
    const variable = VARIABLES[key];
    const text = env[variable]?.trim();
    const given = text ? { name: variable, value: text } : { name: key, value: configured[key] };
    if (given.value === undefined) {
      continue;
    }
    const value = Number(given.value);
    if (Number.isInteger(value) && value >= (key === 'maxRowsPerSecond' ? 0 : 1) && value <= LARGEST) {
      settings[key] = value;
    } else {
      problems.push(`${given.name}: came ${given.value}, expected a whole number from 1 to ${LARGEST}`);
    }
  }
  for (const key of Object.keys(configured).filter(name => !(name in VARIABLES))) {
    problems.push(`${key}: there is no such setting; there are ${Object.keys(VARIABLES).join(', ')}`);
  }
  if (problems.length > 0) {
    throw new SettingsError(
      {
        title: 'Bad settings of the runner',
        subject: problems.join('\n'),
        happens: 'It cannot keep to these.',
        remedy: 'Mend them in mikro-orm.config.ts or in the environment; docs/running.md explains each.',
        left: 'Nothing was run.',
      },
      { exitCode: 2 },
    );
  }
  return settings;
}
