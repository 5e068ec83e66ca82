import { MigrationError } from '../../errors.ts';
import { printWarning } from '../../terminal/terminal.ts';
import type { Findings } from './findings.ts';

export const ALLOW_OUT_OF_ORDER = 'MIGRATE_ALLOW_OUT_OF_ORDER';
export const ALLOW_MISSING = 'MIGRATE_ALLOW_MISSING';

export interface RecordsCheck {
  readonly findings: Pick<Findings, 'changed' | 'missing' | 'outOfOrder'>;
  /** What was about to happen: "Nothing was run." */
  readonly left: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * @throws MigrationError (exit code 2) naming each migration that was edited after it ran, has run and is missing here, or is
 * numbered below one that has run.
 */
export function assertRecords({ findings, left, env }: RecordsCheck): void {
  const { changed } = findings;
  const missing = env[ALLOW_MISSING] === '1' ? [] : findings.missing;
  const outOfOrder = env[ALLOW_OUT_OF_ORDER] === '1' ? [] : findings.outOfOrder;
  const kinds = [
    ...(changed.length > 0 ? [explainChanged(changed)] : []),
    ...(missing.length > 0 ? [explainMissing(missing)] : []),
    ...(outOfOrder.length > 0 ? [explainOutOfOrder(outOfOrder)] : []),
  ];
  const [first, ...more] = kinds;
  if (!first) {
    return;
  }
  throw new MigrationError(
    {
      title: more.length === 0 ? first.title : 'The migration files do not fit what has run on this database',
      subject: kinds.flatMap(({ lines }) => lines).join('\n'),
      happens: kinds.map(({ happens }) => happens).join('\n'),
      hurts: kinds.map(({ hurts }) => hurts).join('\n'),
      remedy: kinds.flatMap(({ remedy }) => remedy),
      left,
      reference: 'docs/migrations.md',
    },
    { exitCode: 2 },
  );
}

/** Where it is no obstacle: another branch's migration may have run here. */
export function reportMissing(missing: readonly string[]): void {
  if (missing.length > 0) {
    printWarning(`executed here, and without a file in this checkout: ${missing.join(', ')}.`);
  }
}

/** @throws MigrationError (exit code 2) for migrations that stopped on their way down: merged, nobody knew any more where. */
export function assertNoneHalfWay(names: readonly string[], halfWay: ReadonlyMap<string, 'up' | 'down'>): void {
  const stopped = names.filter(name => halfWay.has(name));
  if (stopped.length > 0) {
    throw new MigrationError(
      {
        title: 'Some of these migrations stopped half-way',
        subject: stopped.join('\n'),
        happens: 'Part of their steps has been reverted.',
        hurts: 'The file that merges them would be recorded as executed, and is not.',
        remedy: 'Let them end first:  npm run migrate:down, or npm run migrate',
        left: 'Nothing was changed.',
      },
      { exitCode: 2 },
    );
  }
}

interface Kind {
  readonly title: string;
  readonly lines: readonly string[];
  readonly happens: string;
  readonly hurts: string;
  readonly remedy: readonly string[];
}

function explainChanged(names: readonly string[]): Kind {
  return {
    title: 'Executed migrations were changed',
    lines: names.map(name => `${name}  changed after it ran`),
    happens: 'These files list other statements than those that have run here.',
    hurts:
      'A database built anew from the files would be another one than this, and what is reverted is not what was run.',
    remedy: [
      'Changed by mistake: bring the file back as it was (git log -p on it), and make the change in a new migration.',
      'Changed on purpose, with this database changed by hand to fit:  npm run migrate:repair',
    ],
  };
}

function explainMissing(names: readonly string[]): Kind {
  return {
    title: 'Executed migrations are missing here',
    lines: names.map(name => `${name}  has run, and has no file here`),
    happens: 'The database records them, and this checkout has no file of that name.',
    hurts:
      'This code may be older than the database, or from another branch; without its file nothing can be reverted.',
    remedy: [
      'Check out the version that has these files; of another branch, revert them there:  npm run migrate:down',
      `An older release on a newer database, on purpose:  --allow-missing  (${ALLOW_MISSING}=1)`,
      'They are gone for good (merged, renamed, deleted):  npm run migrate:repair',
    ],
  };
}

function explainOutOfOrder(pending: Findings['outOfOrder']): Kind {
  return {
    title: 'Pending migrations are numbered below one that has run',
    lines: pending.map(({ name, behind }) => `${name}  pending, and ${behind} has run`),
    happens: 'They came after one with a higher number had run here, as after a merge of two branches.',
    hurts: 'Here they would run in another order than on a new database, where the numbers decide.',
    remedy: [
      `If neither needs the other:  npm run migrate -- --allow-out-of-order  (${ALLOW_OUT_OF_ORDER}=1)`,
      'If it has run nowhere else yet, give it the next number:  npm run migrate:renumber',
      'A development database:  npm run db:reset',
    ],
  };
}
