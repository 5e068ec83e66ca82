import type { PoolClient } from 'pg';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { readFacts } from '../catalog/read-facts.ts';
import { quoteRendered } from '../statement/change.ts';
import type { TableSize } from './forecast.ts';
import { inLook, untilOpen } from './look.ts';

/** For a look at the catalog, and at the first row of each table. */
const LOOK_MS = 30_000;

/** The facts, with a look into these tables. @throws ServerError naming who locks one of them against readers. */
export function readFactsAside(client: PoolClient, tables: readonly string[]): Promise<DatabaseFacts> {
  return untilOpen(client, () => inLook(client, { limitMs: LOOK_MS }, () => readFacts(client, { tables })));
}

/**
 * The sizes of those of `tables` that there are, by name. Of a partitioned table all its partitions together.
 * @throws ServerError naming who locks one of them against readers.
 */
export async function readSizes(
  client: PoolClient,
  tables: readonly string[],
): Promise<Readonly<Record<string, TableSize>>> {
  const sizes: Record<string, TableSize> = {};
  for (const table of tables) {
    const size = await untilOpen(client, () => inLook(client, { limitMs: LOOK_MS }, () => readSize(client, table)));
    if (size) {
      sizes[table] = size;
    }
  }
  return sizes;
}

async function readSize(client: PoolClient, table: string): Promise<TableSize | undefined> {
  const { rows } = await client.query(SIZE, [quoteRendered(table)]);
  const { isThere, estimated, ...size } = rows[0];
  return isThere ? { ...size, rows: estimated ?? (await planRows(client, quoteRendered(table))) } : undefined;
}

/** As the planner reckons, which it does of a table that was never analyzed too. @param from `"lessons" where …`. */
export async function planRows(client: PoolClient, from: string): Promise<number> {
  const { rows } = await client.query(`explain (format json) select from ${from}`);
  return rows[0]['QUERY PLAN'][0].Plan['Plan Rows'];
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
