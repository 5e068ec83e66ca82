import type { PoolClient } from 'pg';
import { postgresError } from '../../errors.ts';
import type { RowPromise } from './promise.ts';

/** Rows in the way of a step. */
export interface Violation extends RowPromise {
  /** Undefined where counting took too long: there are more than are shown. */
  readonly count: number | undefined;
  /** Keys of the first ten. */
  readonly first: readonly Readonly<Record<string, unknown>>[];
}

export interface Findings {
  readonly violations: readonly Violation[];
  /** Where the look was given up for its length. */
  readonly unfinished: readonly RowPromise[];
}

const SHOWN = 10;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: query_canceled, lock_not_available */
const TOO_LONG = new Set(['57014', '55P03']);
/**
 * undefined_table, undefined_column, undefined_object: what the migration makes or renames on its way cannot be looked at before;
 * object_not_in_prerequisite_state: nor can a materialized view without data; read_only_sql_transaction: nor what a function
 * would write.
 */
const NOT_THERE_YET = new Set(['42P01', '42703', '42704', '55000', '25006']);

export interface LookLimits {
  /** Of each look. */
  readonly limitMs: number;
  /** How long a table is waited for that somebody has locked against readers; as long as the look when absent. */
  readonly lockTimeoutMs?: number;
}

/** Looks for rows that break the promises, in read-only transactions, each bounded in time. Locks nothing. */
export async function findViolations(
  client: PoolClient,
  promises: readonly RowPromise[],
  limits: LookLimits,
): Promise<Findings> {
  const violations: Violation[] = [];
  const unfinished: RowPromise[] = [];
  for (const promise of promises) {
    const first = await ask(client, `${promise.sql} limit ${SHOWN}`, limits);
    if (first === undefined) {
      unfinished.push(promise);
    } else if (first.length > 0) {
      const count = first.length < SHOWN ? first.length : await countRows(client, promise, limits);
      violations.push({ ...promise, first, count });
    }
  }
  return { violations, unfinished };
}

async function countRows(client: PoolClient, { sql }: RowPromise, limits: LookLimits): Promise<number | undefined> {
  const rows = await ask(client, `select count(*)::float as count from (${sql}) as "found"`, limits);
  return rows?.[0]?.count as number | undefined;
}

/** @returns undefined when it takes longer than that. */
async function ask(
  client: PoolClient,
  sql: string,
  { limitMs, lockTimeoutMs = limitMs }: LookLimits,
): Promise<Record<string, unknown>[] | undefined> {
  try {
    await client.query(
      `begin read only; set local statement_timeout = ${limitMs}; set local lock_timeout = ${lockTimeoutMs}`,
    );
    return (await client.query(sql)).rows;
  } catch (error) {
    const { code = '' } = postgresError(error) ?? {};
    if (TOO_LONG.has(code)) {
      return undefined;
    }
    if (NOT_THERE_YET.has(code) || code.startsWith('22')) {
      // findUnconvertible tells of values that are none of a type
      return [];
    }
    throw error;
  } finally {
    await client.query('rollback').catch(() => undefined);
  }
}
