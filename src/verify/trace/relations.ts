/** The tables of a database and the locks of a session, as PostgreSQL tells them. */
import type { Queryable } from '../../catalog/queryable.ts';
import { LOCK_MODES, type LockMode } from '../../plan/plan.ts';

export interface TracedTable {
  readonly oid: number;
  /** As `renderName` gives it. */
  readonly name: string;
  /** Another one after a rewrite; 0 where there is none. */
  readonly file: number;
  /** A lock on the table that it is a part of is claimed for it too. */
  readonly isPartition: boolean;
  /** Only a refresh writes it. */
  readonly isMaterialized: boolean;
  /** Rows that this session has read in order, since whenever. */
  readonly read: number;
}

/** Without materialized views that have no data: nobody can read them. */
export async function readTables(client: Queryable): Promise<TracedTable[]> {
  const { rows } = await client.query(`
    select c.oid::int, case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name,
           c.relfilenode::int as file, c.relispartition as "isPartition", c.relkind = 'm' as "isMaterialized",
           coalesce(pg_stat_get_xact_tuples_returned(c.oid), 0)::int as read
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm') and c.relispopulated and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`);
  return rows as unknown as TracedTable[];
}

/** The strongest lock that the session of `pid` holds on each relation, by object id. */
export async function readLocks(client: Queryable, pid: number): Promise<Map<number, LockMode>> {
  const { rows } = await client.query(
    `select relation::int as oid, mode from pg_locks where pid = $1 and locktype = 'relation' and granted`,
    [pid],
  );
  const strongest = new Map<number, LockMode>();
  for (const row of rows) {
    const oid = Number(row.oid);
    strongest.set(oid, strongerMode(readMode(String(row.mode)), strongest.get(oid)));
  }
  return strongest;
}

/** `ShareUpdateExclusiveLock` as documented. */
function readMode(mode: string): LockMode {
  const words = mode.replace(/Lock$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return words.toUpperCase() as LockMode;
}

export function strongerMode(mode: LockMode, other: LockMode | undefined): LockMode {
  return strengthOf(mode) > strengthOf(other) ? mode : (other ?? mode);
}

/** -1 for no lock. */
export function strengthOf(mode: LockMode | undefined): number {
  return mode === undefined ? -1 : LOCK_MODES.indexOf(mode);
}
