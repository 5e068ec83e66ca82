/** Who is on the tables right now. */
import type { PoolClient } from 'pg';
import { LOCK_MODES, type LockMode, type TableLock } from '../plan/plan.ts';
import { type OtherSession, SESSION } from '../runner/watcher.ts';
import { quoteRendered } from '../statement/change.ts';
import type { HoldingSession, MigrationForecast, StepForecast } from './forecast.ts';

/** How old a transaction is that a concurrent build would be seen to wait for. */
const OLD_SECONDS = 5;

/**
 * Sessions that hold or await locks on the tables, and the steps of `migrations` in whose way they are. A prepared transaction
 * has no process, and is shown as pid 0.
 */
export async function readHolders(
  client: PoolClient,
  tables: readonly string[],
  migrations: readonly MigrationForecast[],
): Promise<HoldingSession[]> {
  const { rows } = await client.query<OtherSession & { locks: FoundLock[] }>(
    `with held as (
       select l.pid, l.virtualtransaction, json_agg(json_build_object('table', t.name, 'mode', l.mode, 'isGranted', l.granted)) as locks
         from unnest($1::text[], $2::text[]) as t (name, quoted)
         join pg_locks l on l.locktype = 'relation' and l.pid is distinct from pg_backend_pid()
          and l.database = (select oid from pg_database where datname = current_database())
          and (l.relation = to_regclass(t.quoted) or l.relation in (select relid from pg_partition_tree(to_regclass(t.quoted))))
        group by l.pid, l.virtualtransaction)
     select ${SESSION}, h.locks from held h join pg_stat_activity a on a.pid = h.pid
      union all
     select 0, x.owner, 'prepared transaction ' || x.gid, 'prepared', extract(epoch from clock_timestamp() - x.prepared)::int, false, null, h.locks
       from held h join pg_prepared_xacts x on h.pid is null and x.transaction::text = split_part(h.virtualtransaction, '/', 2)
      order by seconds desc nulls last`,
    [tables, tables.map(quoteRendered)],
  );
  return rows.map(({ locks: found, ...session }) => {
    const locks = found.map(({ table, mode, isGranted }) => ({ table, mode: readMode(mode), isGranted }));
    return { ...session, locks, inTheWayOf: findHindered(locks, migrations) };
  });
}

interface FoundLock {
  readonly table: string;
  /** `ShareUpdateExclusiveLock` */
  readonly mode: string;
  readonly isGranted: boolean;
}

function readMode(mode: string): LockMode {
  const words = mode.replace(/Lock$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return words.toUpperCase() as LockMode;
}

function findHindered(
  held: readonly TableLock[],
  migrations: readonly MigrationForecast[],
): HoldingSession['inTheWayOf'] {
  return migrations.flatMap(({ name, steps }) =>
    steps
      .filter(step => !step.isDone && locksWaitedFor(step).some(lock => conflictsWithAny(lock, held)))
      .map(({ step }) => ({ migration: name, step })),
  );
}

/**
 * A concurrent build waits until nobody writes who began before it, and a concurrent drop until nobody reads either, though their own
 * lock would go beside. https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
 */
function locksWaitedFor({ sql, locks }: Pick<StepForecast, 'sql' | 'locks'>): readonly TableLock[] {
  const [, verb] = /^\s*(create|drop)\b.*\bindex\s+concurrently\b/is.exec(sql) ?? [];
  if (verb === undefined) {
    return locks;
  }
  const mode = verb.toLowerCase() === 'create' ? 'SHARE' : 'ACCESS EXCLUSIVE';
  return locks.map(({ table }) => ({ table, mode }));
}

function conflictsWithAny({ table, mode }: TableLock, held: readonly TableLock[]): boolean {
  return held.some(other => other.table === table && conflicts(mode, other.mode));
}

/** https://www.postgresql.org/docs/current/explicit-locking.html#TABLE-LOCK-COMPATIBILITY: each mode, and the weakest it conflicts with. */
const CONFLICTS_FROM: Readonly<Record<LockMode, LockMode>> = {
  'ACCESS SHARE': 'ACCESS EXCLUSIVE',
  'ROW SHARE': 'EXCLUSIVE',
  'ROW EXCLUSIVE': 'SHARE',
  'SHARE UPDATE EXCLUSIVE': 'SHARE UPDATE EXCLUSIVE',
  SHARE: 'ROW EXCLUSIVE',
  'SHARE ROW EXCLUSIVE': 'ROW EXCLUSIVE',
  EXCLUSIVE: 'ROW SHARE',
  'ACCESS EXCLUSIVE': 'ACCESS SHARE',
};

/** True when two sessions cannot hold these on one table. Only SHARE goes with itself of what it reaches over. */
export function conflicts(first: LockMode, second: LockMode): boolean {
  const isWithItself = first === 'SHARE' && second === 'SHARE';
  return !isWithItself && LOCK_MODES.indexOf(second) >= LOCK_MODES.indexOf(CONFLICTS_FROM[first]);
}

/** Transactions of this database that were there before a build began: it waits for their end. */
export async function readOldSnapshots(client: PoolClient): Promise<OtherSession[]> {
  const { rows } = await client.query<OtherSession>(
    `select ${SESSION} from pg_stat_activity a
      where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_xmin is not null
        and a.backend_type = 'client backend' and a.xact_start < clock_timestamp() - interval '${OLD_SECONDS} s'
      order by seconds desc`,
  );
  return rows;
}
