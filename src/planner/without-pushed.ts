/** The facts of a database that the entities were pushed to (`db:push`): as the migrations alone make it. Pure. */
import type { Catalog, ColumnCatalog, TableCatalog } from '../catalog/catalog.ts';
import type { ColumnFacts, DatabaseFacts, TableFacts } from '../catalog/facts.ts';

interface Sides {
  readonly before: Catalog;
  readonly after: Catalog;
}

/**
 * A file has to be safe where nothing was pushed: what no migration makes and the entities have is not taken for there. What
 * others made, and drift, stays.
 */
export function withoutPushed(facts: DatabaseFacts, { before, after }: Sides): DatabaseFacts {
  const tables = Object.entries(facts.tables).flatMap(([name, table]): [string, TableFacts][] => {
    const key = name.includes('.') ? name : `public.${name}`;
    const [made, wanted] = [before.tables[key], after.tables[key]];
    if (!made || !wanted) {
      return wanted ? [] : [[name, table]];
    }
    return [[name, tableWithoutPushed(table, made, wanted)]];
  });
  const kept = Object.fromEntries(tables);
  return {
    ...facts,
    tables: kept,
    indexes: pick(facts.indexes, (index, table) => {
      const name = index.slice(index.lastIndexOf('.') + 1);
      return !(name in (facts.tables[table]?.indexes ?? {})) || name in (kept[table]?.indexes ?? {});
    }),
    types: pick(
      facts.types,
      type => !isPushed(type.includes('.') ? type : `public.${type}`, before.enums, after.enums),
    ),
  };
}

function tableWithoutPushed(table: TableFacts, made: TableCatalog, wanted: TableCatalog): TableFacts {
  const columns = Object.entries(table.columns)
    .filter(([name]) => !isPushed(name, made.columns, wanted.columns))
    .map(([name, column]) => [name, columnAsMade(column, made.columns[name], wanted.columns[name])] as const);
  const own = Object.fromEntries(columns);
  const constraints = pick(table.constraints, (name, constraint) =>
    // the catalog has them as a property of their columns
    constraint.type === 'not null'
      ? constraint.columns.every(column => own[column]?.notNull)
      : !isPushed(name, made.constraints, wanted.constraints),
  );
  const indexes = pick(
    table.indexes,
    (name, { constraint }) =>
      !isPushed(name, made.indexes, wanted.indexes) && (constraint === undefined || constraint in constraints),
  );
  return { ...table, columns: own, constraints, indexes };
}

function columnAsMade(
  column: ColumnFacts,
  made: ColumnCatalog | undefined,
  wanted: ColumnCatalog | undefined,
): ColumnFacts {
  if (!made || !wanted) {
    return column;
  }
  const isNullPushed = column.notNull === wanted.notNull && made.notNull !== wanted.notNull;
  const isTypePushed = column.type === wanted.type && made.type !== wanted.type;
  return {
    ...column,
    notNull: isNullPushed ? made.notNull : column.notNull,
    type: isTypePushed ? made.type : column.type,
  };
}

function isPushed(name: string, made: object, wanted: object): boolean {
  return !Object.hasOwn(made, name) && Object.hasOwn(wanted, name);
}

function pick<T>(
  record: Readonly<Record<string, T>>,
  isKept: (name: string, value: T) => boolean,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([name, value]) => isKept(name, value)));
}
