import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { MigrationError } from '../errors.ts';
import { quoteRendered } from '../statement/change.ts';
import type { BackfillRun } from './backfill-run.ts';
import type { Range } from './batch.ts';
import { passOver, type Table } from './pass.ts';

/** Sweeps after the first pass, and for how long: writers that go on leave less to each. */
const SWEEPS = { least: 20, forMs: 30_000 } as const;
const PAUSE_MS = { first: 20, longest: 2_000 } as const;
/** A sweep that finds nothing to fill while rows are left can have missed them by chance, but not again and again. */
const MAX_FRUITLESS = 5;
/** Where so much of a table is written anew, the old versions are cleared away at once. */
const VACUUM_FROM = { rows: 10_000, part: 0.1 } as const;

/**
 * Fills old rows in ranges of disk blocks, each a transaction of its own: a range of tids is read by itself on any table, with any
 * key or none (H60). Rows that an update moved meanwhile, or that others held, are met in sweeps; it ends when no row is left. A
 * run that was stopped goes on behind the position that its last batches have saved.
 * @returns how many rows it has filled, those of the runs before included.
 * @throws MigrationError when rows are left that it cannot fill.
 */
export async function runBackfill(run: BackfillRun): Promise<number> {
  const { backfill, client, position } = run;
  const tables = await readTables(client, backfill.table);
  const begun = tables.findIndex(({ name }) => name === position?.table);
  let rows = position?.rowsDone ?? 0;
  for (const [index, table] of tables.entries()) {
    const from = index === begun && position?.filenode === table.filenode ? position.block : 0;
    if (index >= begun) {
      rows += await fillTable(run, { table, from, rowsBefore: rows });
    }
  }
  // a table before the position can have got rows since
  for (const table of tables.slice(0, Math.max(0, begun))) {
    rows += await sweep(run, { table, skipped: [], rowsBefore: rows });
  }
  for (const table of tables) {
    await refresh(client, table, rows);
  }
  return rows;
}

/** The table, or the leaves of a partitioned one. */
async function readTables(client: PoolClient, table: string): Promise<Table[]> {
  const { rows } = await client.query(
    `select c.oid::regclass::text as name, pg_relation_filenode(c.oid)::bigint::float as filenode,
            (pg_relation_size(c.oid) / current_setting('block_size')::int)::float as blocks
       from pg_class c
      where c.relkind = 'r' and c.oid in (select $1::regclass union all select relid from pg_partition_tree($1::regclass) where isleaf)
      order by c.oid`,
    [quoteRendered(table)],
  );
  return rows;
}

async function fillTable(
  run: BackfillRun,
  { table, from, rowsBefore }: { table: Table; from: number; rowsBefore: number },
): Promise<number> {
  // rows that come while it runs are in blocks behind the last one
  const ranges = [{ from, to: table.blocks + 1 }];
  const { rows, skipped } = await passOver(run, { table, ranges, rowsBefore });
  return rows + (await sweep(run, { table, skipped, rowsBefore: rowsBefore + rows }));
}

/** Goes over the table again until no row is left; where it is known which ranges have some, only over those. */
async function sweep(
  run: BackfillRun,
  { table, skipped, rowsBefore }: { table: Table; skipped: readonly Range[]; rowsBefore: number },
): Promise<number> {
  const { backfill, client, signal } = run;
  const startedAt = performance.now();
  let filled = 0;
  let fruitless = 0;
  let held = skipped;
  let pause: number = PAUSE_MS.first;
  for (let sweeps = 0; held.length > 0 || (await hasRowsLeft(client, table.name, backfill.where)); sweeps++) {
    if (sweeps > 0) {
      await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
      pause = Math.min(PAUSE_MS.longest, pause * 1.5);
    }
    const [current = table] = (await readTables(client, backfill.table)).filter(({ name }) => name === table.name);
    const ranges = held.length > 0 ? held : [{ from: 0, to: current.blocks + 1 }];
    const result = await passOver(run, { table: current, ranges, rowsBefore: rowsBefore + filled });
    if (result.skipped.length > 0) {
      const held = 'others hold rows that are left';
      run.onProgress({ rowsDone: rowsBefore + filled, rowsLeft: 0, pausedFor: held });
    }
    filled += result.rows;
    fruitless = result.rows > 0 || result.skipped.length > 0 || held.length > 0 ? 0 : fruitless + 1;
    held = result.skipped;
    const isLate = sweeps >= SWEEPS.least && performance.now() - startedAt > SWEEPS.forMs;
    if (fruitless > MAX_FRUITLESS || (isLate && held.length === 0)) {
      throw rowsAreLeft(run, { fruitless: fruitless > MAX_FRUITLESS });
    }
  }
  return filled;
}

async function hasRowsLeft(client: PoolClient, table: string, where: string): Promise<boolean> {
  const { rows } = await client.query(`select exists (select from only ${table} where ${where}\n) as "isLeft"`);
  return rows[0].isLeft;
}

/** Statistics for the planner; and where much was written, the old versions go. `truncate` would lock readers out. H74. */
async function refresh(client: PoolClient, { name }: Table, rows: number): Promise<void> {
  const { rows: found } = await client.query(
    'select reltuples::float as total from pg_class where oid = $1::regclass',
    [name],
  );
  const isMuch = rows >= VACUUM_FROM.rows && rows >= VACUUM_FROM.part * (found[0]?.total ?? 0);
  await client.query(isMuch ? `vacuum (analyze, truncate false) ${name}` : `analyze ${name}`);
}

function rowsAreLeft({ backfill }: BackfillRun, { fruitless }: { fruitless: boolean }): MigrationError {
  const { table, where } = backfill;
  return new MigrationError({
    title: `The backfill of ${table} does not end`,
    subject: where,
    happens: fruitless
      ? 'Rows are left for which this condition holds, and they cannot be updated: a trigger or a policy keeps them as they are.'
      : 'New rows for which this condition holds keep coming.',
    hurts: 'The steps behind it rely on there being none.',
    remedy: fruitless
      ? `Look at one:  select * from ${table} where ${where} limit 1`
      : 'Set a default, or a trigger, for new rows before the backfill.',
    left: 'The rows that are filled stay filled.',
  });
}
