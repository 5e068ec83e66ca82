import type { PoolClient } from 'pg';
import type { TableSize } from '../catalog/read-sizes.ts';
import { inLook } from '../runner/look.ts';
import { quoteRendered } from '../statement/change.ts';
import type { Speed } from './forecast.ts';

/** 2 million rows of some 150 MB checked in half a second: docs/performance.md. */
const KNOWN_BYTES_PER_SECOND = 300_000_000;

/** Reading goes on, twice as much each time, until it took so long; then the figure is steady enough for an estimate. */
const ENOUGH_MS = 50;
const FIRST_BLOCKS = 64;
const LIMIT_MS = 500;

/** Reads a piece of the largest table for a fraction of a second. A table of a few blocks tells nothing. */
export async function measureSpeed(client: PoolClient, tables: Readonly<Record<string, TableSize>>): Promise<Speed> {
  const [largest] = Object.entries(tables).toSorted(([, a], [, b]) => b.heapBytes - a.heapBytes);
  const measured = largest && (await measureTable(client, largest[0]).catch(() => undefined));
  return measured === undefined || !largest
    ? { readBytesPerSecond: KNOWN_BYTES_PER_SECOND }
    : { readBytesPerSecond: measured, measuredOn: largest[0] };
}

async function measureTable(client: PoolClient, table: string): Promise<number | undefined> {
  return inLook(client, { limitMs: LIMIT_MS }, async () => {
    const { rows } = await client.query<Leaf>(LARGEST_LEAF, [quoteRendered(table)]);
    const { name, blocks: last, blockBytes } = rows[0] as Leaf;
    for (let [from, blocks] = [0, FIRST_BLOCKS]; from + blocks <= last; from += blocks, blocks *= 2) {
      const startedAt = performance.now();
      // a range of tids is read by itself, and nothing that was read before is read again
      const range = `ctid >= '(${from},0)' and ctid < '(${from + blocks},0)'`;
      await client.query(`select count(*) from only ${name} where ${range}`);
      const tookMs = performance.now() - startedAt;
      if (tookMs >= ENOUGH_MS || from + 3 * blocks > last) {
        return Math.round((blocks * blockBytes * 1000) / tookMs);
      }
    }
    return undefined;
  });
}

interface Leaf {
  /** As SQL writes it. */
  readonly name: string;
  readonly blocks: number;
  readonly blockBytes: number;
}

/** The table itself, or the largest part of a partitioned one. */
const LARGEST_LEAF = `
  select c.oid::regclass::text as name, b.bytes as "blockBytes", (pg_relation_size(c.oid) / b.bytes)::int as blocks
    from pg_class c, (select current_setting('block_size')::int as bytes) b
   where c.relkind in ('r', 'm') and c.oid in (
     select to_regclass($1)::oid union all select relid from pg_partition_tree(to_regclass($1)) where isleaf)
   order by blocks desc limit 1`;
