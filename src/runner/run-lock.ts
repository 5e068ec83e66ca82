import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgreSqlConnection } from '@mikro-orm/postgresql';
import type { PoolClient } from 'pg';

/** Who holds the run lock, as pg_stat_activity shows it. */
export interface LockHolder {
  readonly pid: number;
  readonly application: string;
}

const POLL_MS = { from: 50, to: 250 } as const;

/**
 * Runs `work` while this process alone migrates the database, on a connection of its own that holds a session advisory lock.
 * The lock is polled: a session that waits in `pg_advisory_lock` holds a snapshot, and a concurrent index build of the holder
 * would wait for it and deadlock. https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 *
 * @param options.name what the lock is for: the qualified table of executed migrations. Advisory locks are per database.
 * @param options.onWait called once, with the holder, when another process has the lock.
 */
export async function withRunLock<T>(
  connection: PostgreSqlConnection,
  options: { name: string; onWait: (holder: LockHolder | undefined) => void },
  work: () => Promise<T>,
): Promise<T> {
  const pool = await connection.getNativeClient();
  const client = await pool.connect();
  try {
    await acquire(client, options);
    try {
      return await work();
    } finally {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [options.name]);
    }
  } finally {
    client.release();
  }
}

async function acquire(
  client: PoolClient,
  { name, onWait }: { name: string; onWait: (holder: LockHolder | undefined) => void },
): Promise<void> {
  for (let attempt = 0; !(await tryLock(client, name)); attempt++) {
    if (attempt === 0) {
      onWait(await findHolder(client, name));
    }
    await sleep(POLL_MS.from + Math.random() * (POLL_MS.to - POLL_MS.from));
  }
}

async function tryLock(client: PoolClient, name: string): Promise<boolean> {
  const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as locked', [name]);
  return rows[0].locked;
}

/** A bigint key is shown in pg_locks as its two halves. https://www.postgresql.org/docs/current/view-pg-locks.html */
async function findHolder(client: PoolClient, name: string): Promise<LockHolder | undefined> {
  const { rows } = await client.query(
    `select a.pid, a.application_name as application
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 0)`,
    [name],
  );
  return rows[0];
}
