/** What differs between two catalogs, object by object and by name. Pure. */
import type { Catalog, ColumnCatalog, OtherObject, TableCatalog } from './catalog.ts';
import { settleWording } from './settle-wording.ts';

export interface Difference {
  readonly object:
    | ('table' | 'column' | 'constraint' | 'index' | 'trigger' | 'policy')
    | ('enum' | 'sequence' | 'view' | 'routine')
    | OtherObject;
  /** `public.users`: of what belongs to a table, the table; otherwise the object's own name; of a comment `on index public.i`. */
  readonly relation: string;
  /** Within the table. */
  readonly name?: string;
  /** What of it differs, of tables and columns. */
  readonly property?: keyof ColumnCatalog | (typeof TABLE_PROPERTIES)[number];
  /** Absent where the first, or the second, does not have it. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** From the first catalog to the second. A table that one of them lacks is one difference, whatever is in it. */
export function compareCatalogs(before: Catalog, after: Catalog): Difference[] {
  const [first, second] = [normalizeCatalog(before), normalizeCatalog(after)];
  const others = Object.keys(first.others) as OtherObject[];
  return [
    ...compareTables(first.tables, second.tables),
    ...compareObjects('enum', first.enums, second.enums),
    ...compareObjects('sequence', first.sequences, second.sequences),
    ...compareViews(first, second),
    ...compareObjects('routine', first.routines, second.routines),
    ...others.flatMap(object => compareObjects(object, first.others[object], second.others[object])),
  ];
}

/** Between two major versions only whether they are there: 16 prints them in other words than 15. */
function compareViews(first: Catalog, second: Catalog): Difference[] {
  const isThere = (views: Catalog['views']): Catalog['views'] => mapEntries(views, () => 'a view');
  const views =
    first.version === second.version
      ? compareObjects('view', first.views, second.views)
      : compareObjects('view', isThere(first.views), isThere(second.views));
  const both = Object.keys(first.views).filter(view => view in second.views);
  const indexes = both.flatMap(relation =>
    comparePart('index', relation, first.viewIndexes[relation] ?? {}, second.viewIndexes[relation] ?? {}),
  );
  return [...views, ...indexes];
}

/**
 * Without the names that PostgreSQL chose and that outlive a rename: those of primary keys and of the sequences behind serial
 * and identity columns. What an index, constraint or column is counts, not what its helper is called.
 */
export function normalizeCatalog(asRead: Catalog): Catalog {
  const catalog = settleWording(asRead);
  const owned = new Map(
    Object.entries(catalog.sequences).flatMap(([name, definition]) => {
      const owner = / owner (.+)$/s.exec(definition)?.[1];
      return owner === undefined ? [] : [[name, owner] as const];
    }),
  );
  return {
    ...catalog,
    tables: mapEntries(catalog.tables, (table, name) => normalizeTable(name, table, owned)),
    sequences: Object.fromEntries(
      Object.entries(catalog.sequences).map(([name, definition]) => [owned.get(name) ?? name, definition]),
    ),
  };
}

export const PRIMARY_KEY = 'primary key';

function normalizeTable(relation: string, table: TableCatalog, owned: ReadonlyMap<string, string>): TableCatalog {
  const [primaryKey] = Object.entries(table.constraints).find(([, sql]) => sql.startsWith('PRIMARY KEY')) ?? [];
  const indexes = Object.entries(table.indexes).filter(([name]) => name !== primaryKey);
  return {
    ...table,
    columns: mapEntries(table.columns, (column, name) =>
      normalizeColumn(column, isOwnSequence(column.default, owned, `${relation}.${name}`)),
    ),
    constraints: Object.fromEntries(
      Object.entries(table.constraints).map(([name, sql]) => [name === primaryKey ? PRIMARY_KEY : name, sql]),
    ),
    indexes: Object.fromEntries(indexes),
  };
}

/** What a generated column is made from is no default. */
function normalizeColumn(column: ColumnCatalog, hasOwnSequence: boolean): ColumnCatalog {
  if (column.generated !== '') {
    return { ...column, generated: `${column.generated} ${column.default}`, default: null };
  }
  return hasOwnSequence ? { ...column, default: OWN_SEQUENCE } : column;
}

/** In place of a default that takes the next value of the column's own sequence, whatever that is called. */
export const OWN_SEQUENCE = 'nextval';

function isOwnSequence(value: string | null, owned: ReadonlyMap<string, string>, column: string): boolean {
  const literal = /^nextval\('((?:[^']|'')+)'::regclass\)$/.exec(value ?? '')?.[1];
  if (literal === undefined) {
    return false;
  }
  const name = literal
    .replaceAll("''", "'")
    .replaceAll(/"((?:[^"]|"")*)"/g, (_all, inner) => inner.replaceAll('""', '"'));
  return owned.get(name) === column || owned.get(`public.${name}`) === column;
}

function compareTables(before: Catalog['tables'], after: Catalog['tables']): Difference[] {
  return namesOf(before, after).flatMap((relation): Difference[] => {
    const [first, second] = [before[relation], after[relation]];
    if (!first || !second) {
      return [{ object: 'table', relation, ...sides(first && true, second && true) }];
    }
    const indexes = comparePart('index', relation, first.indexes, second.indexes);
    return [
      ...TABLE_PROPERTIES.filter(property => first[property] !== second[property]).map(property => {
        return { object: 'table', relation, property, ...sides(first[property], second[property]) } as const;
      }),
      ...compareColumns(relation, first.columns, second.columns),
      ...comparePart('constraint', relation, first.constraints, second.constraints),
      ...indexes.filter(({ name = '' }) => !isBackedAlike(name, first, second)),
      ...comparePart('trigger', relation, first.triggers, second.triggers),
      ...comparePart('policy', relation, first.policies, second.policies),
    ];
  });
}

const TABLE_PROPERTIES = ['comment', 'rowSecurity', 'partition', 'settings'] as const;

function comparePart(
  object: Difference['object'],
  relation: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Difference[] {
  return compareObjects(object, before, after).map(({ relation: name, ...rest }) => ({ ...rest, relation, name }));
}

/** The index of a unique constraint comes and goes with it. */
function isBackedAlike(name: string, first: TableCatalog, second: TableCatalog): boolean {
  const isBacked = (table: TableCatalog): boolean => name in table.constraints || !(name in table.indexes);
  return isBacked(first) && isBacked(second);
}

const PROPERTIES = ['type', 'notNull', 'default', 'generated', 'identity', 'collation', 'comment', 'settings'] as const;

function compareColumns(
  relation: string,
  before: TableCatalog['columns'],
  after: TableCatalog['columns'],
): Difference[] {
  return namesOf(before, after).flatMap((name): Difference[] => {
    const [first, second] = [before[name], after[name]];
    if (!first || !second) {
      return [{ object: 'column', relation, name, ...sides(first, second) }];
    }
    return PROPERTIES.filter(property => first[property] !== second[property]).map(property => {
      return { object: 'column', relation, name, property, ...sides(first[property], second[property]) };
    });
  });
}

function compareObjects(
  object: Difference['object'],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Difference[] {
  return namesOf(before, after)
    .filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map(relation => ({ object, relation, ...sides(before[relation], after[relation]) }));
}

function sides(before: unknown, after: unknown): Pick<Difference, 'before' | 'after'> {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function namesOf(before: object, after: object): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

function mapEntries<T>(
  record: Readonly<Record<string, T>>,
  map: (value: T, name: string) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
