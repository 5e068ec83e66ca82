/** Values of columns that a backfill fills where they were null: what down leaves there is no loss, what was there before is to stay. */
import type { Queryable } from '../../catalog/queryable.ts';
import type { ListedStatement } from '../../migration.ts';
import { quoteIdentifier, quoteRendered } from '../../statement/change.ts';

/** Columns by table, as `schema.name`. */
export type FilledColumns = ReadonlyMap<string, ReadonlySet<string>>;

/** The columns that the backfills among `statements` set. */
export function readFilled(statements: readonly ListedStatement[]): FilledColumns {
  const filled = new Map<string, Set<string>>();
  for (const { backfill } of statements) {
    if (backfill) {
      const table = backfill.table.includes('.') ? backfill.table : `public.${backfill.table}`;
      filled.set(table, (filled.get(table) ?? new Set()).union(new Set(Object.keys(backfill.set))));
    }
  }
  return filled;
}

/** Of one column: what each row has, by the text of its key; without those that have nothing. */
export interface FilledValues {
  readonly table: string;
  readonly column: string;
  readonly values: ReadonlyMap<string, string>;
}

/** Those of the columns that are there. */
export async function readFilledValues(client: Queryable, filled: FilledColumns): Promise<FilledValues[]> {
  const read: FilledValues[] = [];
  for (const [table, columns] of filled) {
    const { rows } = await client.query(COLUMNS, [table]);
    // null where the table is still to be made
    const [{ all, key }] = rows as [{ all: string[] | null; key: string[] | null }];
    if (!all) {
      continue;
    }
    // without a primary key a row is known by all that is not filled
    const known = (key ?? all.filter(name => !columns.has(name))).map(quoteIdentifier).join(', ');
    for (const column of all.filter(name => columns.has(name))) {
      const name = quoteIdentifier(column);
      const { rows: values } = await client.query(
        `select row(${known})::text as key, ${name}::text as value from ${quoteRendered(table)} where ${name} is not null`,
      );
      read.push({ table, column, values: new Map(values.map(row => [String(row.key), String(row.value)])) });
    }
  }
  return read;
}

const COLUMNS = `
  select array_agg(a.attname::text order by a.attname) as all,
         array_agg(a.attname::text order by a.attname) filter (where a.attnum = any (k.conkey)) as key
    from pg_attribute a left join pg_constraint k on k.conrelid = a.attrelid and k.contype = 'p'
   where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped`;

/** A line for each column in which a row has another value than before, or none. */
export function renderLostValues(before: readonly FilledValues[], after: readonly FilledValues[]): string[] {
  return before.flatMap(({ table, column, values }) => {
    const now = after.find(other => other.table === table && other.column === column);
    const isOther = now && [...values].some(([key, value]) => now.values.get(key) !== value);
    return isOther ? [`${table.replace(/^public\./, '')}.${column}: other values`] : [];
  });
}
