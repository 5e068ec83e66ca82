import type { PoolClient } from 'pg';
import type { TableSize } from '../catalog/read-sizes.ts';
import { quoteRendered } from '../statement/change.ts';
import type { Speed } from './forecast.ts';
import { inLook } from './look.ts';

/** 2 million rows of some 150 MB checked in half a second: docs/performance.md. */
const KNOWN_BYTES_PER_SECOND = 300_000_000;

/** Reading goes on, twice as much each time, until it took so long; then the figure is steady enough for an estimate. */
const ENOUGH_MS = 50;
const FIRST_BLOCKS = 256;
const LIMIT_MS = 500;

/** Reads a piece of the largest table for a fraction of a second. A table of a few blocks tells nothing. */
export async function measureSpeed(client: PoolClient, tables: Readonly<Record<string, TableSize>>): Promise<Speed> {
  const [largest] = Object.entries(tables).toSorted(([, a], [, b]) => b.heapBytes - a.heapBytes);
  const measured = largest && (await measureTable(client, largest[0], largest[1].heapBytes).catch(() => undefined));
  return measured === undefined || !largest
    ? { readBytesPerSecond: KNOWN_BYTES_PER_SECOND }
    : { readBytesPerSecond: measured, measuredOn: largest[0] };
}

async function measureTable(client: PoolClient, table: string, heapBytes: number): Promise<number | undefined> {
  return inLook(client, { limitMs: LIMIT_MS }, async () => {
    const { rows } = await client.query(`select current_setting('block_size')::int as size`);
    const blockBytes: number = rows[0].size;
    const last = heapBytes / blockBytes;
    for (let [from, blocks] = [0, FIRST_BLOCKS]; from + blocks <= last; from += blocks, blocks *= 2) {
      const startedAt = performance.now();
      // a range of tids is read by itself, and nothing that was read before is read again
      await client.query(
        `select count(*) from ${quoteRendered(table)} where ctid >= '(${from},0)' and ctid < '(${from + blocks},0)'`,
      );
      const tookMs = performance.now() - startedAt;
      if (tookMs >= ENOUGH_MS || from + 3 * blocks > last) {
        return Math.round((blocks * blockBytes * 1000) / tookMs);
      }
    }
    return undefined;
  });
}
