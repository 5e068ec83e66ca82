/** What the new release may do and the old one may not, beside a change of type: it must hold before the contract. Pure. */
import type { Catalog, ColumnCatalog, TableCatalog } from '../../catalog/catalog.ts';
import { type Change, quoteIdentifier } from '../../statement/change.ts';
import { mentionsColumn } from '../../statement/rename-columns.ts';
import { convert } from './conversion.ts';
import { alterTable, type PlannedStatement, type Sides, type TypeChangeRequest } from './move.ts';
import { catalogKey } from './parts.ts';
import { virtualsOf } from './uses.ts';

/**
 * The change as it is left when nothing holds the new release back any more: both releases write the old column until the
 * contract, so its not null, checks, unique and foreign keys that the entities do without go in the expand, by statements of their own. A
 * default that nothing could be inserted without comes with it.
 */
export function loosenFirst(requests: readonly TypeChangeRequest[], sides: Sides): Sides {
  const tables: Record<string, TableCatalog> = { ...sides.before.tables };
  for (const [key, own] of Map.groupBy(requests, ({ table }) => catalogKey(table))) {
    const [from, goal] = [tables[key], sides.after.tables[key]];
    if (from && goal) {
      const columns = own.map(({ column }) => column);
      tables[key] = {
        ...loosenParts(from, goal, { columns, virtuals: virtualsOf(own, sides) }),
        columns: { ...from.columns, ...Object.fromEntries(own.flatMap(request => loosenOwn(request, from, goal))) },
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

function loosenOwn(
  { column, using, usingBack }: TypeChangeRequest,
  from: TableCatalog,
  goal: TableCatalog,
): [string, ColumnCatalog][] {
  const [old, own] = [from.columns[column], goal.columns[column]];
  return old && own ? [[column, loosenColumn(old, own, using === undefined && usingBack === undefined)]] : [];
}

/** A changed column, with what the new release leaves out when it inserts a row. */
function loosenColumn(from: ColumnCatalog, goal: ColumnCatalog, isCast: boolean): ColumnCatalog {
  const loosened = isLoosened(from, goal) ? { ...from, notNull: false } : from;
  const isPlain = [from, goal].every(({ generated, identity }) => generated === '' && identity === '');
  // else a row without a value is as before, and what is stored is what the old default says
  const isNeeded = isPlain && isCast && goal.notNull && from.default === null && from.type !== goal.type;
  return isNeeded && goal.default !== null && !/\bnextval\(/.test(goal.default)
    ? { ...loosened, default: convert(`(${goal.default})`, { from: goal.type, to: from.type }) ?? null }
    : loosened;
}

/** The default that a column must not be null without, for the old column too: neither release may have to name it. */
export function givenDefaults(
  requests: readonly TypeChangeRequest[],
  before: Catalog,
  left: Catalog,
): Record<'up' | 'down', PlannedStatement[]> {
  const given = requests.flatMap(({ table, column }) => {
    const key = catalogKey(table);
    const [old, own] = [before, left].map(({ tables }) => tables[key]?.columns[column]?.default ?? null);
    const sql = `${alterTable(key)} alter column ${quoteIdentifier(column)}`;
    return own != null && old === null ? [{ up: `${sql} set default ${own}`, down: `${sql} drop default` }] : [];
  });
  return { up: given.map(({ up }) => ({ sql: up })), down: given.map(({ down }) => ({ sql: down })) };
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
