import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { type OtherSession, SESSION } from './watcher.ts';

export interface RunLockOptions {
  /** What the lock is for: the qualified table of executed migrations. Advisory locks are per database. */
  readonly name: string;
  /** Called once, with the holder, when another process has the lock. */
  onWait(holder: OtherSession | undefined): void;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

const POLL_MS = { from: 50, to: 250 } as const;

/**
 * Runs `work` while `client` alone holds the run lock: one process at a time migrates a database. The lock is polled: a session
 * that waits in `pg_advisory_lock` holds a snapshot, and a concurrent index build of the holder would wait for it and deadlock.
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS H05.
 */
export async function withRunLock<T>(client: PoolClient, options: RunLockOptions, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; !(await tryLock(client, options.name)); attempt++) {
    if (attempt === 0) {
      options.onWait((await findHolders(client, options.name))[0]);
    }
    await sleep(POLL_MS.from + Math.random() * (POLL_MS.to - POLL_MS.from), undefined, {
      signal: options.signal,
    }).catch(() => undefined);
    options.signal.throwIfAborted();
  }
  try {
    return await work();
  } finally {
    // where the connection is gone, so is the lock
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [options.name]).catch(() => undefined);
  }
}

/** Marks a session of a worker as one of this run, for `endLeftWorkers`. Nobody holds that lock alone: it is never waited for. */
export async function markWorker(client: PoolClient, name: string): Promise<void> {
  await client.query('select pg_advisory_lock_shared(hashtextextended($1, 0))', [workerLock(name)]);
}

/** Before the session of a worker goes back to a pool. */
export async function unmarkWorker(client: PoolClient, name: string): Promise<void> {
  await client
    .query('select pg_advisory_unlock_shared(hashtextextended($1, 0))', [workerLock(name)])
    .catch(() => undefined);
}

/** The workers of a run that was killed may still write their batch: they are ended before anything else begins. */
export async function endLeftWorkers(client: PoolClient, name: string): Promise<number> {
  const left = await findHolders(client, workerLock(name));
  for (const { pid } of left) {
    await client.query('select pg_terminate_backend($1)', [pid]);
  }
  while (left.length > 0 && (await findHolders(client, workerLock(name))).length > 0) {
    await sleep(POLL_MS.from);
  }
  return left.length;
}

/** Who holds the run lock of that name, which shows that a run is going on. */
export async function findRun(client: Pick<PoolClient, 'query'>, name: string): Promise<OtherSession | undefined> {
  return (await findHolders(client, name))[0];
}

function workerLock(name: string): string {
  return `${name} worker`;
}

async function tryLock(client: PoolClient, name: string): Promise<boolean> {
  const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as locked', [name]);
  return rows[0].locked;
}

/** A bigint key is shown in pg_locks as its two halves. https://www.postgresql.org/docs/current/view-pg-locks.html */
async function findHolders(client: Pick<PoolClient, 'query'>, name: string): Promise<OtherSession[]> {
  const { rows } = await client.query(
    `select ${SESSION}
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid <> pg_backend_pid()
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 0)`,
    [name],
  );
  return rows;
}
