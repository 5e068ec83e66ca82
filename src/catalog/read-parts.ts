import type { Queryable } from './queryable.ts';

export type Row = Record<string, unknown>;

/**
 * Several queries as one statement: one round trip, and one snapshot, so that the parts agree with each other. Values come as
 * JSON has them.
 */
export async function readParts<K extends string>(
  client: Queryable,
  queries: Readonly<Record<K, string>>,
): Promise<Record<K, Row[]>> {
  const parts = Object.entries<string>(queries).map(
    ([name, sql]) => `coalesce((select json_agg(part) from (${sql}) part), '[]') as "${name}"`,
  );
  const { rows } = await client.query(`select ${parts.join(',\n')}`);
  return rows[0] as Record<K, Row[]>;
}
