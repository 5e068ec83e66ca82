import type { PoolClient } from 'pg';
import { MigrationError } from '../errors.ts';
import type { Backfill } from '../plan/plan.ts';
import { quoteIdentifier } from '../statement/change.ts';

/** Blocks of 8 kB that a batch begins with; then it follows the time a batch takes. */
const FIRST_BATCH_BLOCKS = 32;
const MAX_BATCH_BLOCKS = 4096;
/** Writers that go on leave less to each pass; a `where` that still holds for a filled row would never end. */
const MAX_PASSES = 20;
/** A batch holds its row locks for about that long. */
const TARGET_MS = 50;

/**
 * Fills old rows in ranges of disk blocks, each range a statement and a transaction of its own: a range of tids is read by
 * itself on any table, with any key or none (TID Range Scan). Rows that an update moved meanwhile are met in the next pass; the
 * passes end when no row is left. Running it again after a kill repeats nothing that is done: `where` no longer matches.
 */
export async function runBackfill(client: PoolClient, backfill: Backfill): Promise<number> {
  let filled = 0;
  for (const table of await readTables(client, backfill.table)) {
    for (let pass = 0; await hasRowsLeft(client, table, backfill.where); pass++) {
      if (pass === MAX_PASSES) {
        throw neverEnds(backfill);
      }
      filled += await passOver(client, table, backfill);
    }
    await client.query(`analyze ${table}`);
  }
  return filled;
}

/** The table, or the leaves of a partitioned one. */
async function readTables(client: PoolClient, table: string): Promise<string[]> {
  const name = table.split('.').map(quoteIdentifier).join('.');
  const { rows } = await client.query(
    `select c.oid::regclass::text as name from pg_class c
      where c.relkind = 'r' and c.oid in (select $1::regclass union all select relid from pg_partition_tree($1::regclass) where isleaf)`,
    [name],
  );
  return rows.map(row => row.name);
}

async function hasRowsLeft(client: PoolClient, table: string, where: string): Promise<boolean> {
  const { rows } = await client.query(`select exists (select from ${table} where ${where}) as "isLeft"`);
  return rows[0].isLeft;
}

async function passOver(client: PoolClient, table: string, { set, where }: Backfill): Promise<number> {
  const { rows } = await client.query(
    `select pg_relation_size($1::regclass) / current_setting('block_size')::int as blocks`,
    [table],
  );
  const blocks = Number(rows[0].blocks);
  const assignments = Object.entries(set).map(([column, value]) => `${quoteIdentifier(column)} = ${value}`);
  let filled = 0;
  let size = FIRST_BATCH_BLOCKS;
  for (let from = 0, to = 0; from <= blocks; from = to) {
    to = from + size;
    const startedAt = performance.now();
    const range = `ctid >= '(${from},0)' and ctid < '(${to},0)'`;
    const result = await client.query(`update ${table} set ${assignments.join(', ')} where ${range} and (${where})`);
    filled += result.rowCount ?? 0;
    size = nextSize(size, performance.now() - startedAt);
  }
  return filled;
}

/** Follows the time, at most doubling or halving at once. */
function nextSize(size: number, tookMs: number): number {
  const factor = Math.min(2, Math.max(0.5, TARGET_MS / Math.max(tookMs, 1)));
  return Math.min(MAX_BATCH_BLOCKS, Math.max(1, Math.round(size * factor)));
}

function neverEnds({ table, where }: Backfill): MigrationError {
  return new MigrationError({
    title: `The backfill of ${table} does not end`,
    subject: where,
    happens: `After ${MAX_PASSES} passes over the table there are still rows that this condition holds for.`,
    hurts: 'Rows that are filled already are written again and again.',
    remedy: 'Give it a `where` that does not hold for a row once it is filled, and a default or trigger for new rows.',
    left: 'The rows that are filled stay filled.',
  });
}
