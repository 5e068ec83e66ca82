import { quoteRendered } from '../statement/change.ts';
import type { Queryable } from './queryable.ts';

export interface TableSize {
  /** The rows themselves, without what is stored apart (TOAST). */
  readonly heapBytes: number;
  readonly indexBytes: number;
  /** With indexes and TOAST. */
  readonly bytes: number;
  /** As the planner reckons. */
  readonly rows: number;
  /** Average width of each column in bytes, where statistics are there for this role. */
  readonly widths: Readonly<Record<string, number>>;
}

/**
 * The size of a table, of a partitioned one that of all its partitions together; undefined where there is none of that name. Takes
 * ACCESS SHARE on it: set a lock timeout.
 */
export async function readSize(client: Queryable, table: string): Promise<TableSize | undefined> {
  const { rows } = await client.query(SIZE, [quoteRendered(table)]);
  const { isThere, estimated, ...size } = rows[0] ?? {};
  const reckoned = estimated ?? (isThere ? await planRows(client, quoteRendered(table)) : 0);
  return isThere ? ({ ...size, rows: reckoned } as TableSize) : undefined;
}

/** As the planner reckons, which it does of a table that was never analyzed too. @param from `"lessons" where …`. */
export async function planRows(client: Queryable, from: string): Promise<number> {
  const { rows } = await client.query(`explain (format json) select from ${from}`);
  const [plan] = (rows[0]?.['QUERY PLAN'] ?? []) as { Plan: { 'Plan Rows': number } }[];
  return plan?.Plan['Plan Rows'] ?? 0;
}

const PARTS = `
  with parts as (
    select c.* from pg_class c
     where c.relkind in ('r', 'm') and c.oid in (
       select to_regclass($1)::oid union all select relid from pg_partition_tree(to_regclass($1)) where isleaf))`;

const WIDTHS = `coalesce((
    select json_object_agg(attname, avg_width) from pg_stats s
     where (s.schemaname, s.tablename) = (select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                                           where c.oid = to_regclass($1))), '{}') as widths`;

const IS_THERE = `to_regclass($1) is not null as "isThere"`;

/** As the planner does: as many rows a block as at the last analyze, and the blocks that there are now. */
const SIZE = `${PARTS}
  select ${IS_THERE}, ${WIDTHS}, coalesce(sum(pg_relation_size(oid)), 0)::float as "heapBytes",
         coalesce(sum(pg_indexes_size(oid)), 0)::float as "indexBytes",
         coalesce(sum(pg_total_relation_size(oid)), 0)::float as bytes,
         case when coalesce(sum(pg_relation_size(oid)), 0) = 0 then 0
              when bool_and(reltuples >= 0) then round(sum(case when relpages = 0 then reltuples::float
           else reltuples / relpages::float * pg_relation_size(oid) / current_setting('block_size')::int end)) end as estimated
    from parts`;
