/** What differs between two catalogs, object by object and by name. Pure. */
import type { Catalog, ColumnCatalog, TableCatalog } from './catalog.ts';

export interface Difference {
  readonly object: 'table' | 'column' | 'constraint' | 'index' | 'trigger' | 'enum' | 'sequence' | 'view' | 'routine';
  /** `public.users`: of what belongs to a table, the table; otherwise the object's own name. */
  readonly relation: string;
  /** Within the table. */
  readonly name?: string;
  /** What of it differs: of columns, and `comment` of a table. */
  readonly property?: keyof ColumnCatalog;
  /** Absent where the first, or the second, does not have it. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** From the first catalog to the second. A table that one of them lacks is one difference, whatever is in it. */
export function compareCatalogs(before: Catalog, after: Catalog): Difference[] {
  const [first, second] = [normalizeCatalog(before), normalizeCatalog(after)];
  return [
    ...compareTables(first.tables, second.tables),
    ...compareObjects('enum', first.enums, second.enums),
    ...compareObjects('sequence', first.sequences, second.sequences),
    ...compareObjects('view', first.views, second.views),
    ...compareObjects('routine', first.routines, second.routines),
  ];
}

/**
 * Without the names that PostgreSQL chose and that outlive a rename: those of primary keys and of the sequences behind serial
 * and identity columns. What an index, constraint or column is counts, not what its helper is called.
 */
export function normalizeCatalog(catalog: Catalog): Catalog {
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
    const of = (object: Difference['object'], part: 'constraints' | 'indexes' | 'triggers'): Difference[] =>
      compareObjects(object, first[part], second[part]).map(({ relation: name, ...rest }) => ({
        ...rest,
        relation,
        name,
      }));
    return [
      ...(first.comment === second.comment
        ? []
        : [{ object: 'table', relation, property: 'comment', ...sides(first.comment, second.comment) } as const]),
      ...compareColumns(relation, first.columns, second.columns),
      ...of('constraint', 'constraints'),
      ...of('index', 'indexes').filter(({ name = '' }) => !isBackedAlike(name, first, second)),
      ...of('trigger', 'triggers'),
    ];
  });
}

/** The index of a unique constraint comes and goes with it. */
function isBackedAlike(name: string, first: TableCatalog, second: TableCatalog): boolean {
  const isBacked = (table: TableCatalog): boolean => name in table.constraints || !(name in table.indexes);
  return isBacked(first) && isBacked(second);
}

const PROPERTIES = ['type', 'notNull', 'default', 'generated', 'identity', 'collation', 'comment'] as const;

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
