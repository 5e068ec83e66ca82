/** What later migrations want of the rows that are there: a row that is made must fit them as well, as those of production do. */
import type { ListedStatement } from '../../migration.ts';
import {
  boundsOf,
  type RowCatalog,
  type RowCheck,
  type RowColumn,
  type RowForeignKey,
  type RowTable,
  type RowType,
} from './read-tables.ts';

/** The database behind a migration, empty. */
export interface LaterState {
  readonly catalog: RowCatalog;
  /** What its `up` lists. */
  readonly statements: readonly ListedStatement[];
}

/** Of a table as it is now. */
export interface Wanted {
  readonly checks: readonly RowCheck[];
  /** Definitions of unique indexes behind `on`. */
  readonly uniques: readonly string[];
  readonly foreignKeys: readonly RowForeignKey[];
  /** Columns that get not null, and that no backfill fills first. */
  readonly notNull: ReadonlySet<string>;
  /** Columns that get another type, with that type. */
  readonly types: ReadonlyMap<string, { readonly column: RowColumn; readonly types: RowCatalog['types'] }>;
}

/** @param later the states behind this one, in their order. A table that is renamed on the way is followed no further. */
export function readWanted(table: RowTable, now: RowCatalog, later: readonly LaterState[]): Wanted {
  const states = untilGone(table, later);
  const tables = states.map(({ found }) => found);
  const own = new Set(table.uniques);
  const uniques = new Set(tables.flatMap(found => found.uniques)).difference(own);
  return {
    checks: uniqueBy(
      states.flatMap(({ found, catalog }) => [
        ...found.checks,
        ...(catalog.partitions.includes(found) ? boundsOf(found) : []),
        ...staysInRest(table, found),
      ]),
      ({ expression }) => expression,
    ),
    uniques: [...uniques],
    foreignKeys: uniqueBy(
      states.flatMap(state => keysOf(state, now)),
      key => JSON.stringify(key),
    ),
    notNull: findNotNull(table, states),
    types: findTypes(table, states),
  };
}

/** A row of the default partition that belongs to one that comes later would keep that from being attached. */
function staysInRest({ rest: now, columns }: RowTable, { rest: later }: RowTable): RowCheck[] {
  const named = columns.map(({ name }) => name).filter(name => later?.includes(name));
  return now === null || later === null || now === later
    ? []
    : [{ name: 'its default partition', expression: `(not (${now})) or (${later})`, columns: named }];
}

interface TableState extends LaterState {
  readonly found: RowTable;
}

function untilGone({ name }: RowTable, later: readonly LaterState[]): TableState[] {
  const states: TableState[] = [];
  for (const state of later) {
    const { tables, partitions } = state.catalog;
    const found = [...tables, ...partitions].find(other => other.name === name);
    if (!found) {
      break;
    }
    states.push({ ...state, found });
  }
  return states;
}

/** Object ids are those of the database they were read from. */
function keysOf({ found, catalog }: TableState, now: RowCatalog): RowForeignKey[] {
  return found.foreignKeys.flatMap(key => {
    const parent = catalog.tables.find(({ oid }) => oid === key.table);
    const same = now.tables.find(({ name }) => name === parent?.name);
    const isThere = key.references.every(name => same?.columns.some(column => column.name === name));
    return same && isThere ? [{ ...key, table: same.oid }] : [];
  });
}

function findNotNull({ name, columns }: RowTable, states: readonly TableState[]): Set<string> {
  const short = name.replace(/^public\./, '');
  const already = new Set(columns.filter(({ notNull }) => notNull).map(column => column.name));
  const wanted = new Set<string>();
  for (const [index, { found }] of states.entries()) {
    const before = states.slice(0, index + 1).flatMap(({ statements }) => statements);
    for (const column of found.columns.filter(({ name: own, notNull }) => notNull && !already.has(own))) {
      const fills = before.flatMap(({ backfill }) =>
        backfill?.table === short ? (backfill.set[column.name] ?? []) : [],
      );
      // what fills it, such as `lower(title)`, must have something to make it of
      const sources = columns.filter(({ name: source }) => fills.some(value => mentions(value, source)));
      for (const needed of fills.length > 0 ? sources.map(source => source.name) : [column.name]) {
        wanted.add(needed);
      }
      already.add(column.name);
    }
  }
  return wanted;
}

function mentions(expression: string, column: string): boolean {
  const words: readonly string[] = expression.match(/"(?:[^"]|"")+"|[\w$]+/g) ?? [];
  return words.some(word => word.replace(/^"|"$/g, '').replaceAll('""', '"') === column);
}

function findTypes(
  { columns }: RowTable,
  states: readonly TableState[],
): Map<string, { column: RowColumn; types: RowCatalog['types'] }> {
  const types = new Map<string, { column: RowColumn; types: RowCatalog['types'] }>();
  for (const { name, type } of columns) {
    for (const { found, catalog } of states) {
      const column = found.columns.find(other => other.name === name);
      if (column && column.type !== type) {
        types.set(name, { column, types: catalog.types });
      }
    }
  }
  return types;
}

/** By the name of an enum type, the values that it keeps. */
export function readLabels(now: RowCatalog, later: readonly LaterState[]): Map<string, readonly string[]> {
  const labels = new Map<string, readonly string[]>();
  for (const { quoted, labels: own } of enumsOf(now)) {
    let kept: readonly string[] = own;
    for (const { catalog } of later) {
      const same = enumsOf(catalog).find(type => type.quoted === quoted);
      const common = kept.filter(label => same?.labels.includes(label));
      kept = same && common.length > 0 ? common : kept;
    }
    labels.set(quoted, kept);
  }
  return labels;
}

function enumsOf({ types }: RowCatalog): RowType[] {
  return [...types.values()].filter(({ kind }) => kind === 'enum');
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map(item => [key(item), item])).values()];
}
