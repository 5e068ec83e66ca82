/** What the rows of a database are, in a few numbers for each table, whatever the order of rows and columns. */
import type { Queryable } from '../../catalog/queryable.ts';
import { quoteIdentifier, quoteName } from '../../statement/change.ts';

export interface TableSums {
  readonly rows: number;
  /** Of the rows as wholes, without the columns that are left out. */
  readonly whole: string;
  /** Of the values of each column. */
  readonly columns: Readonly<Record<string, string>>;
}

/** By table, as `schema.name`. */
export type RowSums = ReadonlyMap<string, TableSums>;

export interface SumOptions {
  /** Tables to leave out, as `schema.name`. */
  readonly without: readonly string[];
  /** True for a column that is not to count. */
  isLost(table: string, column: string): boolean;
  /** Other sums to compare with: only the columns count that those have. */
  readonly like?: RowSums | undefined;
}

/** Two databases with the same rows have the same sums, as long as their columns have the same names. */
export async function sumRows(client: Queryable, { without, isLost, like }: SumOptions): Promise<RowSums> {
  const { rows: tables } = await client.query(TABLES, [without]);
  const sums = new Map<string, TableSums>();
  for (const { schema, name, columns } of tables as unknown as SummedTable[]) {
    const table = `${schema}.${name}`;
    const known = like?.get(table)?.columns;
    const counted = columns.filter(column => !isLost(table, column) && (known === undefined || column in known));
    const { rows } = await client.query(renderSum(quoteName({ schema, name }), counted));
    const [{ values = [], ...rest } = {}] = rows as { rows?: number; whole?: string; values?: string[] }[];
    const named = Object.fromEntries(counted.map((column, index) => [column, values[index] ?? '']));
    sums.set(table, { rows: rest.rows ?? 0, whole: rest.whole ?? '', columns: named });
  }
  return sums;
}

interface SummedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

const TABLES = `
  select n.nspname as schema, c.relname as name,
         (select coalesce(json_agg(a.attname order by a.attname), '[]')
            from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
     and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname || '.' || c.relname <> all ($1::text[])
     and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
   order by 1, 2`;

function renderSum(table: string, columns: readonly string[]): string {
  const names = columns.map(quoteIdentifier);
  const sum = (text: string): string => `coalesce(sum(hashtextextended(${text}, 0)::numeric), 0)::text`;
  const values = names.map(name => sum(`coalesce(${name}::text, 'null')`));
  return `select count(*)::int as rows, ${sum(`row(${names.join(', ')})::text`)} as whole,
                 array[${values.join(', ')}]::text[] as values from ${table}`;
}

/** A line for each table whose rows are not what they were, the columns that differ named. */
export function renderOtherRows(before: RowSums, after: RowSums, isLostTable: (table: string) => boolean): string[] {
  return [...before].flatMap(([table, sums]) => {
    const now = after.get(table);
    if (now === undefined || isLostTable(table) || now.whole === sums.whole) {
      return [];
    }
    const name = table.replace(/^public\./, '');
    if (now.rows !== sums.rows) {
      return [`${name}: ${now.rows} rows, not ${sums.rows}`];
    }
    const columns = Object.keys(sums.columns);
    const gone = columns.filter(column => !(column in now.columns));
    const others = columns.filter(column => column in now.columns && now.columns[column] !== sums.columns[column]);
    return gone.length + others.length === 0
      ? [`${name}: the values of its columns have changed rows`]
      : [...gone.map(column => `${name}.${column}: gone`), ...others.map(column => `${name}.${column}: other values`)];
  });
}
