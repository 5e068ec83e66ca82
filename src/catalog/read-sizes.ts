import { quoteRendered } from '../statement/change.ts';
import type { Queryable } from './queryable.ts';

export interface TableSize {
  /** The rows themselves, without what is stored apart (TOAST). */
  readonly heapBytes: number;
  readonly indexBytes: number;
  /** With indexes and TOAST. */
  readonly bytes: number;
  /** Estimated. */
  readonly rows: number;
  /** Average width of each column in bytes; empty where there are no statistics, or not for this role. */
  readonly widths: Readonly<Record<string, number>>;
}

/**
 * The size of a table, of a partitioned one that of all its partitions together; undefined where there is none of that name. Takes
 * ACCESS SHARE on it: set a lock timeout.
 */
export async function readSize(client: Queryable, table: string): Promise<TableSize | undefined> {
  const { rows } = await client.query(SIZE, [quoteRendered(table)]);
  const { isThere, estimated, ...size } = rows[0] ?? {};
  const reckoned = estimated ?? (isThere ? await sampleRows(client, table) : 0);
  return isThere ? ({ ...size, rows: reckoned } as TableSize) : undefined;
}

/** Of a table that was never analyzed: as many rows a block as in its first ones. The planner would guess from the widths of types. */
async function sampleRows(client: Queryable, table: string): Promise<number> {
  const { rows } = await client.query(LEAVES, [quoteRendered(table)]);
  let sum = 0;
  for (const { name, blocks } of rows as unknown as { name: string; blocks: number }[]) {
    const looked = Math.min(blocks, SAMPLE_BLOCKS);
    const sample = `select count(*)::int as rows from only ${name} where ctid < '(${looked},0)'`;
    const [found] = looked === 0 ? [] : (await client.query(sample)).rows;
    sum += found === undefined ? 0 : (Number(found.rows) / looked) * blocks;
  }
  return Math.round(sum);
}

const SAMPLE_BLOCKS = 64;

/** As the planner reckons. @param from `"lessons" where …`. */
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

const LEAVES = `${PARTS}
  select oid::regclass::text as name, (pg_relation_size(oid) / current_setting('block_size')::int)::int as blocks
    from parts`;

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
