import type { PoolClient } from 'pg';
import { runBackfill } from '../backfill/run-backfill.ts';
import { MigrationError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';
import { printProgress } from '../terminal/terminal.ts';
import { dropInvalidIndex, prepareIndex } from './concurrent-index.ts';
import { explainFailure } from './explain-failure.ts';
import type { Journal } from './journal.ts';
import { LOCK_TIMEOUT_MS, withLockRetries } from './lock-policy.ts';
import { groupSteps } from './segments.ts';
import { StepError } from './step-error.ts';

export interface MigrationRun {
  readonly name: string;
  readonly method: 'up' | 'down';
  readonly steps: readonly Step[];
  readonly journal: Journal;
  /** Records the migration as executed or reverted, on the connection and in the transaction it is given. */
  readonly record: (client: PoolClient) => Promise<void>;
}

interface NumberedStep extends Step {
  readonly position: number;
}

/**
 * Runs the steps of one migration on `client`, from the first that the journal does not have.
 * @throws MigrationError naming the step that failed; what ran before it is in the journal, or rolled back with it.
 */
export async function runMigration(client: PoolClient, run: MigrationRun): Promise<void> {
  try {
    await runSegments(client, run);
  } catch (error) {
    const done = await run.journal.read(client, run.name).catch(() => []);
    throw explainFailure(error, { name: run.name, method: run.method, steps: run.steps.length, done: done.length });
  }
}

async function runSegments(client: PoolClient, run: MigrationRun): Promise<void> {
  const done = await readDone(client, run);
  const numbered = run.steps.map((step, position) => ({ ...step, position }));
  const segments = groupSteps<NumberedStep>(numbered.slice(done));
  // One transaction for everything needs no journal: it happens whole or not at all.
  const isWhole = segments.length <= 1 && done === 0 && (segments[0]?.transactional ?? true);
  for (const [index, { steps, transactional }] of segments.entries()) {
    const isLast = index === segments.length - 1;
    const after = async (): Promise<void> => {
      if (isLast) {
        await finish(client, run, isWhole);
      } else {
        await journalSteps(client, run, steps);
      }
    };
    await (transactional ? runTogether(client, steps, after) : runAlone(client, steps, after));
  }
  if (segments.length === 0) {
    await inTransaction(client, () => finish(client, run, isWhole));
  }
}

async function readDone(client: PoolClient, { name, method, steps, journal }: MigrationRun): Promise<number> {
  const entries = await journal.read(client, name);
  const edited = entries.find((entry, index) => entry.method !== method || entry.sql !== steps[index]?.sql);
  if (edited) {
    throw new MigrationError(
      {
        title: `${name} was changed after it stopped half-way`,
        subject: edited.sql,
        happens: `Step ${edited.position + 1} of its ${edited.method} has run, and the file does not list it there any more.`,
        hurts: 'Going on would leave a database that no migration describes.',
        remedy: 'Bring the file back as it was and run the command again.',
        left: `${entries.length} of its steps have run.`,
      },
      { exitCode: 2 },
    );
  }
  return entries.length;
}

/** The record and the end of the journal, together. */
async function finish(client: PoolClient, { name, journal, record }: MigrationRun, isWhole: boolean): Promise<void> {
  await record(client);
  if (!isWhole) {
    await journal.forget(client, name);
  }
}

async function journalSteps(client: PoolClient, run: MigrationRun, steps: readonly NumberedStep[]): Promise<void> {
  for (const { position, sql } of steps) {
    await run.journal.write(client, { migration: run.name, method: run.method, position, sql });
  }
}

function runTogether(client: PoolClient, steps: readonly NumberedStep[], after: () => Promise<void>): Promise<void> {
  const tables = [...new Set(steps.flatMap(({ locks }) => locks.map(({ table }) => table)))];
  return withLockRetries(client, tables, () =>
    inTransaction(client, async () => {
      await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
      for (const step of steps) {
        await runStep(step, () => client.query(step.sql));
      }
      await after();
    }),
  );
}

/** A step that PostgreSQL allows in no transaction, or that makes its own: running it again has to find out what is left. */
async function runAlone(client: PoolClient, steps: readonly NumberedStep[], after: () => Promise<void>): Promise<void> {
  for (const step of steps) {
    const { backfill } = step;
    await runStep(step, async () => {
      if (backfill) {
        await runBackfill(client, backfill);
      } else {
        await runConcurrently(client, step.sql);
      }
    });
  }
  await inTransaction(client, after);
}

async function runConcurrently(client: PoolClient, sql: string): Promise<void> {
  await prepareIndex(client, sql);
  try {
    await client.query(sql);
  } catch (error) {
    await dropInvalidIndex(client, sql);
    throw error;
  }
}

async function runStep(step: NumberedStep, work: () => Promise<unknown>): Promise<void> {
  if (step.assumedSafe !== undefined) {
    printProgress(`  assumed safe (${step.assumedSafe}): ${step.sql}`);
  }
  try {
    await work();
  } catch (error) {
    throw error instanceof MigrationError ? error : new StepError(step, error);
  }
}

async function inTransaction(client: PoolClient, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
