import { postgresError } from '../errors.ts';
import { quoteIdentifier, quoteLiteral, quoteRendered } from '../statement/change.ts';
import type { Queryable } from './queryable.ts';

export interface RowCount {
  readonly rows: number;
  /** By the planner's statistics: to count them would take long. */
  readonly isEstimated: boolean;
}

export interface HeldValue {
  readonly column: string;
  /** Any but null when absent. */
  readonly value?: string;
}

/** About a second's worth, which somebody waits for. */
const COUNTED_ROWS = 5_000_000;

/**
 * The rows of a table; with `held`, those that are not null in a column, or that hold a value there, in an array too. None where
 * a migration that is still pending makes the table or column.
 */
export async function countRows(database: Queryable, table: string, held?: HeldValue): Promise<RowCount> {
  const from = `from ${quoteRendered(table)}`;
  const where = held === undefined ? '' : ` where ${conditionOf(held)}`;
  try {
    const isEstimated = (await estimate(database, `select ${from}`)) > COUNTED_ROWS;
    if (isEstimated) {
      return { rows: await estimate(database, `select ${from}${where}`), isEstimated };
    }
    const { rows } = await database.query(`select count(*) as rows ${from}${where}`);
    return { rows: Number(rows[0]?.rows), isEstimated };
  } catch (error) {
    if (UNKNOWN.has(postgresError(error)?.code ?? '')) {
      return { rows: 0, isEstimated: false };
    }
    throw error;
  }
}

function conditionOf({ column, value }: HeldValue): string {
  const name = quoteIdentifier(column);
  // an array is printed as {a,b}
  const items = `string_to_array(btrim(${name}::text, '{}'), ',')`;
  return value === undefined ? `${name} is not null` : `${quoteLiteral(value)} = any(${items})`;
}

/** https://www.postgresql.org/docs/current/row-estimation-examples.html */
async function estimate(database: Queryable, sql: string): Promise<number> {
  const { rows } = await database.query(`explain (format json) ${sql}`);
  const plans = rows[0]?.['QUERY PLAN'] as readonly { readonly Plan: { readonly 'Plan Rows': number } }[] | undefined;
  return plans?.[0]?.Plan['Plan Rows'] ?? 0;
}

/** undefined_table, undefined_column, invalid_schema_name */
const UNKNOWN = new Set(['42P01', '42703', '3F000']);
