/** What a catalog does not show of a migration that has not ended: rows to fill. */
import type { Queryable } from '../../catalog/queryable.ts';
import { postgresError } from '../../errors.ts';
import type { ListedStatement } from '../../migration.ts';
import { quoteIdentifier } from '../../statement/change.ts';

/** How long a table is looked through for a row that is still to be filled. */
const LOOK_MS = 10_000;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: what a later migration has dropped or renamed */
const NOT_THERE = new Set(['42P01', '42703']);
const QUERY_CANCELED = '57014';

/**
 * A line for each backfill that has rows left, or whose table is too large to look through in time.
 * @param client inside no transaction.
 */
export async function findUnfilled(client: Queryable, statements: readonly ListedStatement[]): Promise<string[]> {
  const lines: string[] = [];
  for (const { backfill } of statements) {
    if (backfill) {
      const { table, where } = backfill;
      const name = table.split('.').map(quoteIdentifier).join('.');
      const left = await hasRows(client, `select from ${name} where ${where} limit 1`);
      if (left !== false) {
        lines.push(
          left ? `rows of ${table} are not filled: ${where}` : `rows of ${table} could not be looked through: ${where}`,
        );
      }
    }
  }
  return lines;
}

/** @returns undefined where the time was up. */
async function hasRows(client: Queryable, sql: string): Promise<boolean | undefined> {
  await client.query(`begin read only; set local statement_timeout = ${LOOK_MS}`);
  try {
    return (await client.query(sql)).rows.length > 0;
  } catch (error) {
    const code = postgresError(error)?.code ?? '';
    if (NOT_THERE.has(code)) {
      return false;
    }
    if (code === QUERY_CANCELED) {
      return undefined;
    }
    throw error;
  } finally {
    await client.query('rollback');
  }
}
