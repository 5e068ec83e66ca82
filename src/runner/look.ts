import { setTimeout as sleep } from 'node:timers/promises';
import { escapeLiteral, type PoolClient } from 'pg';
import { postgresError, ServerError } from '../errors.ts';
import { renderSession } from './report.ts';
import { type OtherSession, SESSION } from './watcher.ts';

/** A step that waits for its lock gives way after as long; a statement that holds one may take longer. */
const PATIENCE = { forMs: 1_000, everyMs: 60 } as const;

const LOCK_NOT_AVAILABLE = '55P03';

/** How long a look waits for a lock: as long as a step of a run does. */
export const LOOK_LOCK_TIMEOUT_MS = 40;

export const PLANNING = 'sunschool-db plan';

/**
 * Runs `work` in a transaction that can write nothing. Every setting is the transaction's own: behind a pooler the next one may be
 * another session's.
 */
export async function inLook<T>(
  client: PoolClient,
  { limitMs }: { readonly limitMs: number },
  work: () => Promise<T>,
): Promise<T> {
  await client.query(
    `begin read only; set local lock_timeout = ${LOOK_LOCK_TIMEOUT_MS}; set local statement_timeout = ${limitMs};
     set local application_name = ${escapeLiteral(PLANNING)}`,
  );
  try {
    return await work();
  } finally {
    await client.query('rollback').catch(() => undefined);
  }
}

/** For a look at the catalog, at statistics, at the first row of each table. */
const CATALOG_LOOK_MS = 30_000;

/**
 * A look at the catalog that changes nothing and keeps nobody waiting.
 * @throws ServerError naming who has locked a table against readers for longer than a second.
 */
export function lookAtCatalog<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  return untilOpen(client, () => inLook(client, { limitMs: CATALOG_LOOK_MS }, work));
}

/**
 * Looks again, for a second, while somebody has locked a table against readers: even its columns cannot be read then.
 * @throws ServerError naming who has.
 */
async function untilOpen<T>(client: PoolClient, look: () => Promise<T>): Promise<T> {
  for (const giveUpAt = performance.now() + PATIENCE.forMs; ; ) {
    try {
      return await look();
    } catch (error) {
      if (postgresError(error)?.code !== LOCK_NOT_AVAILABLE) {
        throw error;
      }
      if (performance.now() > giveUpAt) {
        throw lockedAgainstReaders(error, await findLockers(client));
      }
      await sleep(PATIENCE.everyMs);
    }
  }
}

type Locker = OtherSession & { readonly table: string };

/** A lock that is waited for keeps readers out as well. */
async function findLockers(client: PoolClient): Promise<Locker[]> {
  const { rows } = await client.query<Locker>(
    `select l.relation::regclass::text as table, ${SESSION}
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and a.pid <> pg_backend_pid()
        and l.database = (select oid from pg_database where datname = current_database())
      order by l.granted desc, seconds desc`,
  );
  return rows;
}

function lockedAgainstReaders(cause: unknown, lockers: readonly Locker[]): ServerError {
  return new ServerError(
    {
      title: 'A table is locked against readers',
      happens:
        lockers.map(locker => `${locker.table} by ${renderSession(locker)}`).join('\n') ||
        'Its session has just ended.',
      hurts: 'Nobody can read the table, nor find out what it looks like, until that session is done.',
      remedy: 'Let it end, then run the same command again.',
      left: 'Nothing was changed.',
    },
    { cause },
  );
}
