import { setTimeout as sleep } from 'node:timers/promises';
import { escapeLiteral, type PoolClient } from 'pg';
import { postgresError, ServerError } from '../errors.ts';
import { renderSession } from './report.ts';
import type { Run } from './run.ts';
import { type OtherSession, SESSION } from './watcher.ts';

/** A step that waits for its lock gives way after as long; a statement that holds one may take longer. */
const PATIENCE_MS = 1_000;
const PAUSE_MS = 60;
const REPORT_EVERY_MS = 10_000;

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
  return untilOpen(client, { patienceMs: PATIENCE_MS }, work);
}

/** The same within a run, which has as much patience as with its steps, and says whom it waits for. */
export function lookInRun<T>(
  { session: { client }, settings, reporter, signal }: Run,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const onWait = (lockers: readonly Locker[]): void => {
    const text = `Waits for tables that are locked against readers: ${renderLockers(lockers).join('; ')}`;
    reporter.report({ event: 'note', text });
  };
  return untilOpen(client, { patienceMs: settings.lockPatienceMs, onWait, signal }, () => work(client));
}

interface Waiting {
  readonly patienceMs: number;
  readonly onWait?: (lockers: readonly Locker[]) => void;
  readonly signal?: AbortSignal;
}

/**
 * Looks again while somebody has locked a table against readers: even its columns cannot be read then.
 * @throws ServerError naming who has.
 */
async function untilOpen<T>(
  client: PoolClient,
  { patienceMs, onWait, signal }: Waiting,
  work: () => Promise<T>,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (let reportAt = performance.now() + PATIENCE_MS; ; ) {
    signal?.throwIfAborted();
    try {
      return await inLook(client, { limitMs: CATALOG_LOOK_MS }, work);
    } catch (error) {
      if (postgresError(error)?.code !== LOCK_NOT_AVAILABLE) {
        throw error;
      }
      if (performance.now() > giveUpAt) {
        throw lockedAgainstReaders(error, await findLockers(client));
      }
      if (onWait && performance.now() >= reportAt) {
        reportAt = performance.now() + REPORT_EVERY_MS;
        onWait(await findLockers(client));
      }
      await sleep(PAUSE_MS, undefined, { ...(signal ? { signal } : {}) }).catch(() => undefined);
    }
  }
}

function renderLockers(lockers: readonly Locker[]): string[] {
  return lockers.map(locker => `${locker.table} by ${renderSession(locker)}`);
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
      happens: renderLockers(lockers).join('\n') || 'Its session has just ended.',
      hurts: 'Nobody can read the table, nor find out what it looks like, until that session is done.',
      remedy: 'Let it end, then run the same command again.',
      left: 'Nothing was changed.',
    },
    { cause },
  );
}
