/** How a step gets locks that make others wait: in short attempts, between which nobody does. H55, H26. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationError, postgresError } from '../errors.ts';
import { blocksWrites, type TableLock } from '../plan/plan.ts';
import { quoteRendered } from '../statement/change.ts';
import type { Activity } from './application-name.ts';
import { renderSessions } from './report.ts';
import type { Run } from './run.ts';
import type { OtherSession } from './watcher.ts';

export interface LockedWork {
  readonly activity: Activity;
  readonly sql: string;
  /** Of existing tables, the strongest of each. */
  readonly locks: readonly TableLock[];
  /** Takes the locks before the first statement: it would take weaker ones, and wait again while it holds them. */
  readonly lockAhead: boolean;
  /** What it locks is not known: a person holds it for safe. */
  readonly isAssumedSafe: boolean;
  /** It reads a whole table, or is assumed to be safe: how long it works is not ours to bound. */
  readonly isLong: boolean;
}

export interface LockOutcome {
  readonly attempts: number;
  readonly waitedMs: number;
}

/** A wait of ours that keeps neither readers nor writers waiting; an autovacuum gives way to it after deadlock_timeout. */
const HARMLESS_WAIT_MS = 5_000;

const PAUSE_MS = { first: 50, longest: 2_000, growth: 1.5 } as const;
const REPORT_EVERY_MS = 10_000;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: lock_not_available, deadlock_detected */
const RETRIED = new Set(['55P03', '40P01']);
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: insufficient_privilege, wrong_object_type */
const NOT_TO_BE_LOCKED = new Set(['42501', '42809']);

/**
 * Runs `attempt`, a transaction that begins with `prelude`, again and again with growing, jittered pauses until it gets its locks.
 * @returns how many attempts it took, and how long it was until the last of them began.
 * @throws MigrationError when the time is up, naming who holds the locks.
 */
export async function withLockRetries(
  run: Run,
  work: LockedWork,
  attempt: (prelude: readonly string[]) => Promise<void>,
): Promise<LockOutcome> {
  const startedAt = performance.now();
  const giveUpAt = performance.now() + run.settings.lockPatienceMs;
  let reportAt = 0;
  let holders: readonly OtherSession[] = [];
  let mayLockAhead = true;
  for (let pause: number = PAUSE_MS.first, attempts = 1; ; attempts++) {
    run.signal.throwIfAborted();
    const look = lookForBlockers(run);
    const waitedMs = Math.round(performance.now() - startedAt);
    try {
      await attempt(renderPrelude(run, work, { attempts, isAutovacuumed: holders.some(isAutovacuum), mayLockAhead }));
      return { attempts, waitedMs };
    } catch (error) {
      const code = postgresError(error)?.code ?? '';
      if (NOT_TO_BE_LOCKED.has(code) && mayLockAhead) {
        // a foreign key wants less of the table it points to than `lock table` does, which takes no materialized view
        mayLockAhead = false;
        continue;
      }
      if (!RETRIED.has(code)) {
        throw error;
      }
      holders = await findHolders(run, work, await look.seen());
      if (performance.now() + pause > giveUpAt) {
        throw timeIsUp(error, { attempts, holders, work });
      }
      if (performance.now() >= reportAt) {
        reportAt = performance.now() + REPORT_EVERY_MS;
        run.reporter.report({ event: 'blocked', ...work.activity, sql: work.sql, attempts, holders });
      }
      await sleep(pause * (0.5 + Math.random()), undefined, { signal: run.signal }).catch(() => undefined);
      pause = Math.min(PAUSE_MS.longest, pause * PAUSE_MS.growth);
    } finally {
      look.stop();
    }
  }
}

/**
 * The timeouts of one attempt, and its locks in the order in which they hurt least. The timeout counts for each lock anew, so
 * only the first table is waited for and the others must be free at that moment; which of them is the first changes from attempt
 * to attempt, since a busy table is rarely free at any given moment.
 */
function renderPrelude(
  { settings }: Run,
  { locks, lockAhead, isAssumedSafe, isLong }: LockedWork,
  { attempts, isAutovacuumed, mayLockAhead }: { attempts: number; isAutovacuumed: boolean; mayLockAhead: boolean },
): string[] {
  const isHarmless = !isAssumedSafe && !locks.some(({ mode }) => blocksWrites(mode));
  const ordered = attempts % 2 === 0 ? locks.toReversed() : locks;
  return [
    ...(isHarmless || isLong ? [] : [`set local statement_timeout = ${settings.statementTimeoutMs}`]),
    ...(isAutovacuumed && mayLockAhead && !isHarmless
      ? displaceAutovacuum(locks, isLong ? 0 : settings.statementTimeoutMs)
      : []),
    `set local lock_timeout = ${isHarmless ? HARMLESS_WAIT_MS : settings.lockTimeoutMs}`,
    ...(lockAhead && mayLockAhead ? ordered.map(({ table, mode }, index) => renderLock(table, mode, index > 0)) : []),
  ];
}

/**
 * An autovacuum gives way only to one who waits for deadlock_timeout, a second, which our attempts never do. This lock keeps
 * neither readers nor writers waiting, and with it no other autovacuum begins. One against wraparound does not give way. H57.
 * https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM
 */
function displaceAutovacuum(locks: readonly TableLock[], statementTimeoutMs: number): string[] {
  return [
    'set local statement_timeout = 0',
    `set local lock_timeout = ${HARMLESS_WAIT_MS}`,
    ...locks.map(({ table }) => renderLock(table, 'SHARE UPDATE EXCLUSIVE', false)),
    `set local statement_timeout = ${statementTimeoutMs}`,
  ];
}

function renderLock(table: string, mode: string, nowait: boolean): string {
  return `lock table only ${quoteRendered(table)} in ${mode} mode${nowait ? ' nowait' : ''}`;
}

/** Reads who blocks us while we still wait: afterwards nobody can tell. */
function lookForBlockers({ watcher, session, settings }: Run): { seen(): Promise<OtherSession[]>; stop(): void } {
  let looking: Promise<OtherSession[]> | undefined;
  const timer = setTimeout(() => {
    looking = watcher.blockersOf(session.pid).catch(() => []);
  }, settings.lockTimeoutMs / 3);
  return { seen: async () => (await looking) ?? [], stop: () => clearTimeout(timer) };
}

async function findHolders(run: Run, { locks }: LockedWork, seen: OtherSession[]): Promise<readonly OtherSession[]> {
  const tables = locks.map(({ table }) => quoteRendered(table));
  return seen.length > 0 ? seen : run.watcher.holdersOf(tables, run.session.pid).catch(() => []);
}

function isAutovacuum(session: OtherSession): boolean {
  return session.isAutovacuum;
}

function timeIsUp(
  error: unknown,
  { attempts, holders, work }: { attempts: number; holders: readonly OtherSession[]; work: LockedWork },
): MigrationError {
  const { method, migration, step, steps } = work.activity;
  return new MigrationError(
    {
      title: `The lock was not to be had: ${migration}, ${method}, step ${step} of ${steps}`,
      subject: work.sql,
      happens: `In ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} other sessions held locks on its tables; the last: ${renderSessions(holders)}.`,
      hurts: 'Waiting longer at once would hold up everybody who comes after us.',
      remedy: [
        'Let these transactions end, or end them:',
        ...holders.filter(({ pid }) => pid > 0).map(({ pid }) => `  select pg_terminate_backend(${pid})`),
        `Then run the same command again: npm run ${method === 'up' ? 'migrate' : 'migrate:down'}`,
      ],
      left: `This step was not run. ${step - 1} of ${steps} steps are done and recorded; the next run goes on with this one.`,
    },
    { cause: error },
  );
}
