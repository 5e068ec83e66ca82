/** What the new release may do and the old one may not, beside a change of type: it must hold before the contract. Pure. */
import type { Catalog, ColumnCatalog, TableCatalog } from '../../catalog/catalog.ts';
import type { Change } from '../../statement/change.ts';
import { mentionsColumn } from '../../statement/rename-columns.ts';
import { catalogKey } from './parts.ts';
import type { Sides, TypeChangeRequest } from './plan-type-change.ts';
import { virtualsOf } from './uses.ts';

/**
 * The change as it is left when nothing holds the new release back any more: both releases write the old column until the
 * contract, so its not null, checks, unique and foreign keys that the entities do without go in the expand, by statements of their own.
 */
export function loosenFirst(requests: readonly TypeChangeRequest[], sides: Sides): Sides {
  const tables: Record<string, TableCatalog> = { ...sides.before.tables };
  for (const [key, own] of Map.groupBy(requests, ({ table }) => catalogKey(table))) {
    const [from, goal] = [tables[key], sides.after.tables[key]];
    if (from && goal) {
      const columns = own.map(({ column }) => column);
      tables[key] = {
        ...loosenParts(from, goal, { columns, virtuals: virtualsOf(own, sides) }),
        columns: nullable(from, goal, columns),
      };
    }
  }
  const before: Catalog = { ...sides.before, tables };
  return { ...sides, before };
}

/** The statement that lets a changed column be null, or takes that back. */
export function isLoosening(change: Change, { before, after }: Sides): boolean {
  if (change.kind !== 'alter column' || !/^(?:set|drop) not null$/.test(change.alteration.to)) {
    return false;
  }
  const key = catalogKey(change.table);
  return isLoosened(before.tables[key]?.columns[change.column], after.tables[key]?.columns[change.column]);
}

function isLoosened(from: ColumnCatalog | undefined, goal: ColumnCatalog | undefined): boolean {
  return from !== undefined && goal !== undefined && from.notNull && !goal.notNull;
}

function nullable(from: TableCatalog, goal: TableCatalog, columns: readonly string[]): TableCatalog['columns'] {
  return Object.fromEntries(
    Object.entries(from.columns).map(([name, column]) => [
      name,
      columns.includes(name) && isLoosened(column, goal.columns[name]) ? { ...column, notNull: false } : column,
    ]),
  );
}

/** Those of a partitioned table go in the swap, with those of its partitions. */
function loosenParts(
  from: TableCatalog,
  goal: TableCatalog,
  { columns, virtuals }: { readonly columns: readonly string[]; readonly virtuals: readonly string[] },
): TableCatalog {
  const mentions = (names: readonly string[], text: string): boolean => names.some(name => mentionsColumn(text, name));
  const isGone = (name: string, definition: string): boolean =>
    !(name in goal.constraints || name in goal.indexes) &&
    mentions(columns, definition) &&
    !mentions(virtuals, definition);
  const gone = new Set(
    [
      ...Object.entries(from.constraints).filter(
        ([name, definition]) => /^(?:CHECK|UNIQUE|FOREIGN KEY) /.test(definition) && isGone(name, definition),
      ),
      ...Object.entries(from.indexes).filter(
        ([name, definition]) =>
          !(name in from.constraints) &&
          /^CREATE UNIQUE /.test(definition) &&
          isGone(name, definition.slice(definition.indexOf(' USING '))),
      ),
    ].map(([name]) => name),
  );
  const without = (parts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(parts).filter(([name]) => !gone.has(name)));
  return from.partition === ''
    ? { ...from, constraints: without(from.constraints), indexes: without(from.indexes) }
    : from;
}
