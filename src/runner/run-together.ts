import type { PoolClient } from 'pg';
import { LOCK_MODES, type Step, type TableLock } from '../plan/plan.ts';
import { type Activity, applicationNameSql } from './application-name.ts';
import { type LockOutcome, withLockRetries } from './lock-policy.ts';
import type { Run } from './run.ts';
import { reportAssumption, runStep } from './run-step.ts';
import type { NumberedStep, Segment } from './segments.ts';

export interface JointSteps {
  readonly activity: Activity;
  readonly steps: Segment<NumberedStep>['steps'];
  /** Statements that belong in the same transaction: the journal, the record. */
  readonly after: readonly string[];
}

/** Runs catalog-only steps in one transaction, under the lock policy where they lock tables that are in use. */
export async function runTogether(run: Run, { activity, steps, after }: JointSteps): Promise<void> {
  for (const step of steps) {
    reportAssumption(run, step);
  }
  const durations: number[] = [];
  const outcome = await attemptUntilLocked(run, { activity, steps }, async prelude => {
    durations.length = 0;
    // one round trip less than by itself; where the transaction fails, the old name comes back with it
    const begin = [applicationNameSql(activity), 'begin', ...prelude];
    await runTransaction(run.session.client, { begin, steps, after, durations });
  });
  for (const [index, { sql, position, locks: own }] of steps.entries()) {
    const durationMs = Math.round(durations[index] ?? 0);
    run.reporter.report({ event: 'step', ...activity, step: position + 1, sql, locks: own, durationMs, ...outcome });
  }
}

/** Steps that lock no table that is in use need no attempts. */
async function attemptUntilLocked(
  run: Run,
  { activity, steps }: Pick<JointSteps, 'activity' | 'steps'>,
  attempt: (prelude: readonly string[]) => Promise<void>,
): Promise<LockOutcome> {
  const locks = strongestLocks(steps);
  const isAssumedSafe = steps.some(({ assumedSafe }) => assumedSafe !== undefined);
  if (locks.length === 0 && !isAssumedSafe) {
    await attempt([]);
    return { attempts: 1, waitedMs: 0 };
  }
  const isLong = isAssumedSafe || steps.some(({ scans }) => scans);
  const lockAhead = isLockedAhead(steps, locks);
  return withLockRetries(run, { activity, sql: steps[0].sql, locks, lockAhead, isAssumedSafe, isLong }, attempt);
}

/** Runs the statements in one transaction. */
export async function inTransaction(client: PoolClient, statements: readonly string[]): Promise<void> {
  await runTransaction(client, { begin: ['begin'], steps: [], after: statements, durations: [] });
}

interface Transaction {
  /** Up to the first step. */
  readonly begin: readonly string[];
  readonly steps: readonly NumberedStep[];
  readonly after: readonly string[];
  readonly durations: number[];
}

/**
 * A single step goes to the server in one message with all around it: then no lock is held over a round trip, whatever becomes
 * of us meanwhile. Several are sent one by one, so that the one that fails can be named.
 */
async function runTransaction(client: PoolClient, { begin, steps, after, durations }: Transaction): Promise<void> {
  const [first, ...more] = steps;
  const end = [...after, 'commit'];
  try {
    if (first === undefined) {
      await client.query(joined([...begin, ...end]));
    } else if (more.length === 0) {
      durations.push(await runStep(first, () => client.query(joined([...begin, first.sql, ...end]))));
    } else {
      await runStep(first, () => client.query(joined(begin)));
      for (const step of steps) {
        durations.push(await runStep(step, () => client.query(step.sql)));
      }
      await client.query(joined(end));
    }
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** A comment at the end of one must not swallow the next. */
function joined(statements: readonly string[]): string {
  return statements.join('\n;\n');
}

/** The strongest lock on each table, in the order in which the steps come to them. */
export function strongestLocks(steps: readonly Step[]): TableLock[] {
  const byTable = new Map<string, TableLock>();
  // a swap may give its table another name on the way: what it locks under that is the same table
  const claimed = steps.flatMap(({ locks, swap }) =>
    swap === undefined ? locks : locks.filter(({ table }) => table === swap),
  );
  for (const lock of claimed) {
    const known = byTable.get(lock.table);
    if (!known || LOCK_MODES.indexOf(lock.mode) > LOCK_MODES.indexOf(known.mode)) {
      byTable.set(lock.table, lock);
    }
  }
  return [...byTable.values()];
}

function isLockedAhead(steps: readonly NumberedStep[], locks: readonly TableLock[]): boolean {
  const modes = new Set(steps.flatMap(step => step.locks.map(({ mode }) => mode)));
  return locks.length > 1 || (steps.length > 1 && modes.size > 1);
}
