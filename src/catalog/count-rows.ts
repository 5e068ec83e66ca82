import { postgresError } from '../errors.ts';
import { quoteIdentifier, quoteLiteral, quoteRendered } from '../statement/change.ts';
import type { Queryable } from './queryable.ts';

/**
 * The rows of a table; with `held`, those that are not null in a column, or that hold a value there, in an array too. None where
 * a migration that is still pending makes the table or column.
 */
export async function countRows(
  database: Queryable,
  table: string,
  held?: { readonly column: string; readonly value?: string },
): Promise<number> {
  const column = held && quoteIdentifier(held.column);
  const value = held?.value === undefined ? undefined : quoteLiteral(held.value);
  // an array is printed as {a,b}
  const items = `string_to_array(btrim(${column}::text, '{}'), ',')`;
  const counted = value === undefined ? (column ?? '*') : `case when ${value} = any(${items}) then 1 end`;
  try {
    const { rows } = await database.query(`select count(${counted}) as rows from ${quoteRendered(table)}`);
    return Number(rows[0]?.rows);
  } catch (error) {
    if (UNKNOWN.has(postgresError(error)?.code ?? '')) {
      return 0;
    }
    throw error;
  }
}

/** undefined_table, undefined_column, invalid_schema_name */
const UNKNOWN = new Set(['42P01', '42703', '3F000']);
