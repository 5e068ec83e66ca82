/** One slice of a table: a range of disk blocks, filled in a transaction of its own. */
import type { PoolClient } from 'pg';
import { MigrationError, postgresError } from '../errors.ts';
import type { Backfill } from '../plan/plan.ts';
import { quoteIdentifier } from '../statement/change.ts';

export interface Range {
  /** The first block, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

export interface FilledRange {
  readonly rows: number;
  /** Rows were left out because others hold them. */
  readonly hasSkipped: boolean;
}

/** Longest wait for a row that somebody else holds, before all rows of that kind are left out of the batch. */
export const ROW_LOCK_TIMEOUT_MS = 20;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: lock_not_available, deadlock_detected, serialization_failure */
const CONFLICTS = new Set(['55P03', '40P01', '40001']);

/**
 * Prepares a session for batches. A range of tids is read by itself (TID Range Scan) only as long as the planner does not think
 * that the whole table is less work, which it does of large batches and after stale statistics. A commit that a crash of the server
 * loses takes its position with it, so none has to wait for the disk.
 */
export const SESSION_SQL = `set enable_seqscan = off; set synchronous_commit = off; set statement_timeout = 0`;
export const RESET_SQL = `reset enable_seqscan; reset synchronous_commit; set lock_timeout = 0`;

/**
 * Fills a range in one round trip. Nobody is queued upon: where a row is held by others, the range is filled without the rows that
 * are.
 * @param save the statement that keeps the position, in the same transaction.
 * @throws MigrationError when the condition still holds for a row that was filled.
 */
export async function fillRange(
  client: PoolClient,
  { table, backfill, range, save }: { table: string; backfill: Backfill; range: Range; save: string },
): Promise<FilledRange> {
  try {
    return {
      rows: await runBatch(client, { sql: updateSql(table, backfill, range), backfill, save }),
      hasSkipped: false,
    };
  } catch (error) {
    if (!CONFLICTS.has(postgresError(error)?.code ?? '')) {
      throw error;
    }
  }
  const rows = await runBatch(client, { sql: skippingSql(table, backfill, range), backfill, save });
  return { rows, hasSkipped: true };
}

async function runBatch(
  client: PoolClient,
  { sql, backfill, save }: { sql: string; backfill: Backfill; save: string },
): Promise<number> {
  const statements = [
    'begin',
    `set local lock_timeout = ${ROW_LOCK_TIMEOUT_MS}`,
    countedSql(sql, backfill),
    // the other workers save theirs in the same row
    `set local lock_timeout = '5s'`,
    save,
    'commit',
  ];
  try {
    const results = (await client.query(statements.join(';\n'))) as unknown as {
      rows: { rows: number; unchanged: number }[];
    }[];
    const { rows = 0, unchanged = 0 } = results[2]?.rows[0] ?? {};
    if (unchanged > 0) {
      throw neverEnds(backfill, unchanged);
    }
    return rows;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Counts the rows that an update has filled, and those for which the condition still holds. */
export function countedSql(sql: string, { where }: Backfill): string {
  // the expressions of the project must not end in a comment that swallows ours
  return `with filled as (${sql} returning (${where}\n) as still)
    select count(*)::int as rows, count(*) filter (where still)::int as unchanged from filled`;
}

/** A range as SQL has it, or what stands for its blocks in a template. */
type Blocks = Range | { readonly from: string; readonly to: string };

/** The update of a range of `table`, as SQL writes that. */
export function updateSql(table: string, backfill: Backfill, range: Blocks): string {
  return `update only ${table} set ${assignments(backfill)} where ${tids(range)} and (${backfill.where}\n)`;
}

/** Rows that others hold are passed over; the join is one by tid, within the range. */
export function skippingSql(table: string, backfill: Backfill, range: Blocks): string {
  return `update only ${table} set ${assignments(backfill)}
    from (select ctid as "sunschool ctid" from only ${table} where ${tids(range)} and (${backfill.where}\n)
             for no key update skip locked) as "sunschool batch"
   where ${tids(range)} and ctid = "sunschool ctid"`;
}

function assignments({ set }: Backfill): string {
  return Object.entries(set)
    .map(([column, value]) => `${quoteIdentifier(column)} = (${value}\n)`)
    .join(', ');
}

function tids({ from, to }: Blocks): string {
  return `ctid >= '(${from},0)' and ctid < '(${to},0)'`;
}

function neverEnds({ table, where }: Backfill, rows: number): MigrationError {
  return new MigrationError({
    title: `The backfill of ${table} does not end`,
    subject: where,
    happens: `This condition still holds for ${rows} rows after they were filled.`,
    hurts: 'The same rows would be written again and again.',
    remedy: 'Give it a `where` that does not hold for a row once it is filled; a trigger may undo what is set.',
    left: 'What earlier batches have filled stays filled.',
  });
}
