/** Values of columns that point to rows of other tables, as SQL. Pure. */
import { quoteIdentifier } from '../../statement/change.ts';
import { NULL_EVERY } from './free-columns.ts';
import type { Insert } from './insert.ts';
import type { RowForeignKey } from './read-tables.ts';
import { NUMBER } from './templates.ts';

/** A table that rows point to. */
export interface Parent extends RowForeignKey {
  readonly quoted: string;
  readonly count: number;
  readonly position: number;
}

/** The tables that rows point to, now or later, without those that are empty. */
export function readParents({ table, ahead, catalog, counts }: Insert): Parent[] {
  const keys = new Map([...ahead.foreignKeys, ...table.foreignKeys].map(key => [key.columns.join(), key]));
  const names = new Set(table.columns.map(({ name }) => name));
  const known = [...keys.values()].filter(({ columns }) => columns.every(name => names.has(name)));
  return known
    .sort((one, other) => other.columns.length - one.columns.length)
    .flatMap((key, position) => {
      const parent = catalog.tables.find(({ oid }) => oid === key.table);
      const count = counts.get(key.table) ?? 0;
      return parent && count > 0 ? [{ ...key, quoted: parent.quoted, count, position }] : [];
    });
}

/** Rows of the parent in turn. */
export function renderJoin({ quoted, count, position, references }: Parent): string {
  const columns = references.map((name, index) => `${quoteIdentifier(name)} as "#${index}"`).join(', ');
  return `left join (select row_number() over () - 1 as "#k", ${columns} from ${quoted}) as "#p${position}"
    on "#p${position}"."#k" = ${NUMBER} % ${count}`;
}

/** A column that two keys share has its value from the longer one, whose parent has a row for the other. */
export function renderReferring({ table, ahead }: Insert, parents: readonly Parent[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const { columns, position } of parents) {
    const own = table.columns.filter(({ name }) => columns.includes(name));
    const isNullable = own.every(({ name, notNull }) => !notNull && !ahead.notNull.has(name));
    for (const [index, name] of columns.entries()) {
      const value = `"#p${position}"."#${index}"`;
      if (!values.has(name) && own.some(column => column.name === name && !column.isOwn)) {
        values.set(name, isNullable ? `case when ${NUMBER} % ${NULL_EVERY} <> 1 then ${value} end` : value);
      }
    }
  }
  return values;
}

/** The first rows of a table whose rows must point to one of their own table point to themselves. */
export function renderOwnParents(
  { table, counts }: Insert,
  { own, mustRefer }: { own: ReadonlyMap<string, string>; mustRefer: ReadonlySet<string> },
): [string, string][] {
  const isFirst = (counts.get(table.oid) ?? 0) === 0;
  const keys = table.foreignKeys.filter(key => isFirst && key.table === table.oid);
  return keys.flatMap(({ columns, references }) =>
    columns.flatMap((name, index): [string, string][] => {
      const value = own.get(references[index] ?? '');
      const isWanted = table.columns.some(column => column.name === name && column.notNull);
      return isWanted && mustRefer.has(name) && value !== undefined ? [[name, value]] : [];
    }),
  );
}
