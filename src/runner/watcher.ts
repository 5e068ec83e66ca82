import type { PoolClient } from 'pg';
import { WATCHER } from './application-name.ts';
import { closeSession, openSession, type Session, type SessionSource } from './session.ts';

/** A session of somebody else, as a DBA looks for it. What the role may not see is null. */
export interface OtherSession {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  /** How long its transaction is open. */
  readonly seconds: number | null;
  readonly isAutovacuum: boolean;
  /** Only shown with `--verbose`: it may hold personal data. */
  readonly query: string | null;
}

/** How far a concurrent index build is. */
export interface BuildProgress {
  /** As PostgreSQL calls it: `building index: scanning table`. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Whose snapshot, or lock, the build waits for. */
  readonly waitsFor?: OtherSession;
}

/** The columns of an `OtherSession`, of pg_stat_activity as `a`. */
export const SESSION = `a.pid, a.usename as user, a.application_name as application, a.state,
  extract(epoch from clock_timestamp() - a.xact_start)::int as seconds,
  coalesce(a.backend_type = 'autovacuum worker', false) as "isAutovacuum", a.query`;

/**
 * The second pair of eyes: who blocks the runner can only be read while it waits. Its connection is opened at the first look
 * and closed with the run.
 */
export class Watcher {
  readonly #source: SessionSource;
  #session: Promise<Session> | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(source: SessionSource) {
    this.#source = source;
  }

  /** Who keeps `pid` waiting right now; a prepared transaction has no process, and is shown as pid 0. */
  blockersOf(pid: number): Promise<OtherSession[]> {
    return this.#read(
      `with blocking as materialized (select pg_blocking_pids($1) as pids)
       select ${SESSION} from pg_stat_activity a, blocking where a.pid = any (pids)
        union all
       select 0, owner, 'prepared transaction ' || gid, 'prepared', extract(epoch from clock_timestamp() - prepared)::int, false, null
         from pg_prepared_xacts, blocking where 0 = any (pids) and database = current_database()
        order by seconds desc nulls last`,
      [pid],
    );
  }

  /** Who holds locks on the tables, oldest transaction first. */
  holdersOf(tables: readonly string[], ownPid: number): Promise<OtherSession[]> {
    return this.#read(
      `select ${SESSION} from pg_stat_activity a
        where a.pid <> $2 and a.pid <> pg_backend_pid() and a.pid in (
          select l.pid from pg_locks l where l.granted and l.locktype = 'relation'
             and l.database = (select oid from pg_database where datname = current_database())
             and l.relation = any (select to_regclass(t)::oid from unnest($1::text[]) as t))
        order by seconds desc nulls last`,
      [tables, ownPid],
    );
  }

  /** https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING */
  async buildOf(pid: number): Promise<BuildProgress | undefined> {
    const [found] = await this.#read<{ phase: string; done: number; total: number; locker: number }>(
      `select phase, coalesce(nullif(blocks_done, 0), tuples_done)::float as done,
              coalesce(nullif(blocks_total, 0), tuples_total)::float as total, current_locker_pid as locker
         from pg_stat_progress_create_index where pid = $1`,
      [pid],
    );
    if (!found) {
      return undefined;
    }
    const { phase, done, total, locker } = found;
    const [waitsFor] = locker
      ? await this.#read<OtherSession>(`select ${SESSION} from pg_stat_activity a where a.pid = $1`, [locker])
      : [];
    return { phase, done, total, ...(waitsFor ? { waitsFor } : {}) };
  }

  /** Cancels the statement that `pid` runs. */
  async cancel(pid: number): Promise<void> {
    await this.#read('select pg_cancel_backend($1)', [pid]);
  }

  async close(): Promise<void> {
    await this.#looking;
    const session = await this.#session?.catch(() => undefined);
    if (session) {
      await closeSession(session);
    }
  }

  /** One look after the other: a session does one thing at a time, and who waited may be gone before its look has ended. */
  #read<T = OtherSession>(sql: string, values: unknown[]): Promise<T[]> {
    const found = this.#looking.then(async () => {
      this.#session ??= openSession(this.#source, { applicationName: WATCHER });
      const { client }: { client: PoolClient } = await this.#session;
      return (await client.query(sql, values)).rows as T[];
    });
    this.#looking = found.then(
      () => undefined,
      () => undefined,
    );
    return found;
  }
}
