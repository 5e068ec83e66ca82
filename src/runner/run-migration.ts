import { ExplainedError, MigrationError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';
import type { Activity } from './application-name.ts';
import { explainFailure, type FailedRun, whatIsLeft } from './explain-failure.ts';
import { isTurned, TURNED } from './half-way.ts';
import { InterruptedError } from './interrupt.ts';
import type { JournalEntry } from './journal.ts';
import { assertRowsFit, explainRows } from './rows/assert-rows-fit.ts';
import type { Run } from './run.ts';
import { runAlone } from './run-alone.ts';
import { inTransaction, runTogether } from './run-together.ts';
import { groupSteps, type NumberedStep, type Segment } from './segments.ts';
import { StepError } from './step-error.ts';

export interface MigrationRun {
  readonly name: string;
  readonly method: 'up' | 'down';
  readonly steps: readonly Step[];
  /** Gives the statement that records the migration as executed or reverted. */
  readonly recordSql: () => string;
  /** What the journal has of it. */
  readonly entries: readonly JournalEntry[];
}

/**
 * Runs the steps of one migration, from the first that the journal does not have.
 * @throws MigrationError naming the step that failed; what ran before it is in the journal, or rolled back with it.
 */
export async function runMigration(run: Run, migration: MigrationRun): Promise<void> {
  const progress = { done: readDone(migration) };
  const { name, method, steps } = migration;
  const failedRun = (): FailedRun => ({ name, method, steps: steps.length, done: progress.done });
  try {
    await assertRowsFit(run, { name, method, steps: steps.slice(progress.done), left: whatIsLeft(failedRun()) });
    await runSegments(run, migration, progress);
  } catch (error) {
    await noteFailure(run, migration, { error, done: progress.done });
    throw (await explainStep(run, error, failedRun())) ?? explainFailure(error, failedRun());
  }
}

/** Rows that came after the look, or that it did not reach. */
async function explainStep(run: Run, error: unknown, failed: FailedRun): Promise<unknown> {
  if (!(error instanceof StepError)) {
    return undefined;
  }
  const { name, method } = failed;
  const rows = { name, method, steps: [error.step], left: whatIsLeft(failed), limitMs: run.settings.rowCheckMs };
  return explainRows(run.session.client, error, rows).catch(() => undefined);
}

async function runSegments(run: Run, migration: MigrationRun, progress: { done: number }): Promise<void> {
  const turned = isTurned(migration.entries, migration.name, migration.method);
  if (turned) {
    await markTurned(run, migration);
  }
  const numbered = migration.steps.map((step, position): NumberedStep => ({ ...step, position }));
  const segments = groupSteps(numbered.slice(progress.done));
  const { name, entries, recordSql } = migration;
  // One transaction for everything needs no journal: it happens whole or not at all.
  const isWhole = segments.length <= 1 && entries.length === 0 && isTransactional(segments);
  const finish = (): string[] => [recordSql(), ...(isWhole ? [] : [run.journal.forgetSql(name)])];
  for (const [index, segment] of segments.entries()) {
    run.signal.throwIfAborted();
    const activity = activityOf(migration, segment);
    const isLast = index === segments.length - 1;
    const after = isLast ? finish() : turned ? [] : segment.steps.map(step => doneSql(run, migration, step));
    await (segment.transactional
      ? runTogether(run, { activity, steps: segment.steps, after })
      : runAlone(run, { activity, step: segment.steps[0], after, ...beginOf(migration, segment) }));
    progress.done += segment.steps.length;
  }
  if (segments.length === 0) {
    await inTransaction(run.session.client, finish());
  }
}

function isTransactional(segments: readonly Segment[]): boolean {
  return segments.every(({ transactional }) => transactional);
}

/** How many of the steps are done. @throws MigrationError where the file does not list what has run. */
export function readDone({ name, method, steps, entries }: Omit<MigrationRun, 'recordSql'>): number {
  if (isTurned(entries, name, method)) {
    return 0;
  }
  const done = entries.filter(({ state }) => state === 'done');
  const edited = done.find((entry, index) => entry.method !== method || entry.sql !== steps[index]?.sql);
  if (edited) {
    throw new MigrationError(
      {
        title: `${name} was changed after it stopped half-way`,
        subject: edited.sql,
        happens: `Step ${edited.position + 1} of its ${edited.method} has run, and the file does not list it there any more.`,
        hurts: 'Going on would leave a database that no migration describes.',
        remedy: [
          'Bring the file back as it was and run the command again;',
          `or revert what has run, whatever the file was:  npm run migrate:down`,
        ],
        left: `${done.length} of its steps have run.`,
      },
      { exitCode: 2 },
    );
  }
  return done.length;
}

/** From here on only the catalog tells what is done. */
async function markTurned(run: Run, { name, method, steps }: MigrationRun): Promise<void> {
  const about = { migration: name, method, steps: steps.length };
  const marker: JournalEntry = { ...about, position: TURNED, sql: '', state: 'begun' };
  await inTransaction(run.session.client, [run.journal.forgetSql(name), run.journal.writeSql(marker)]);
}

function activityOf({ name, method, steps }: MigrationRun, segment: Segment<NumberedStep>): Activity {
  return { method, migration: name, step: segment.steps[0].position + 1, steps: steps.length };
}

/** A backfill goes on where it was; anything else that had begun may be done. */
function beginOf(
  { name, method, steps, entries }: MigrationRun,
  segment: Segment<NumberedStep>,
): { entry: JournalEntry; isBegun: boolean } {
  const { position, sql } = segment.steps[0];
  const before = entries.find(entry => entry.position === position && entry.sql === sql);
  return {
    entry: { ...before, migration: name, method, position, steps: steps.length, sql, state: 'begun', error: null },
    isBegun: before !== undefined,
  };
}

function doneSql(run: Run, { name, method, steps }: MigrationRun, { position, sql }: NumberedStep): string {
  return run.journal.writeSql({ migration: name, method, position, steps: steps.length, sql, state: 'done' });
}

/** Keeps why it stopped, for `migrate:status`. Where the connection is gone nothing can be kept, and nothing needs to be. */
async function noteFailure(run: Run, { name, method, steps }: MigrationRun, failure: Failure): Promise<void> {
  const { error, done } = failure;
  const position = error instanceof StepError ? error.step.position : done;
  const step = steps[position];
  if (step && !(error instanceof InterruptedError)) {
    const text =
      error instanceof ExplainedError
        ? `${error.explanation.title}. ${error.explanation.happens}`
        : (error as Error).message;
    const about = { migration: name, method, position, steps: steps.length, sql: step.sql };
    const entry: JournalEntry = { ...about, state: 'failed', error: text };
    await run.session.client.query(run.journal.writeSql(entry)).catch(() => undefined);
  }
}

interface Failure {
  readonly error: unknown;
  /** How many steps are done. */
  readonly done: number;
}
