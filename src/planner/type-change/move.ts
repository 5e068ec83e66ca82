/** A direction of a type change, table by table: which column stands in for which, and what it is filled with. Pure. */
import type { Catalog, ColumnCatalog, TableCatalog } from '../../catalog/catalog.ts';
import type { ColumnSettings } from '../../catalog/facts.ts';
import type { Backfill } from '../../plan/plan.ts';
import { type ObjectName, quoteIdentifier } from '../../statement/change.ts';
import { type ColumnParts, findParts, type NamedDefinition, renderKey } from './parts.ts';

export interface PlannedStatement {
  readonly sql: string;
  readonly backfill?: Backfill;
  readonly swap?: string;
  /** What does the same is in another place: nothing is lost by it. */
  readonly replaces?: true;
}

export interface TypeChangeRequest {
  readonly table: ObjectName;
  readonly column: string;
  /** SQL over the row, where a cast will not do. */
  readonly using?: string | undefined;
  readonly usingBack?: string | undefined;
}

export interface Sides {
  /** What the migrations make, and what the entities describe, as PostgreSQL keeps it. */
  readonly before: Catalog;
  readonly after: Catalog;
}

export interface ShadowColumn {
  readonly name: string;
  /** What the column of the other type is called until it takes the name. */
  readonly shadow: string;
  /** What it is to be. */
  readonly goal: ColumnCatalog;
  /** Its type as SQL. */
  readonly type: string;
  /** SQL over the row; with `row.` in front of a column where it stands alone. */
  readonly value: (row: string) => string;
  /** A condition of the rows whose value is not null. */
  readonly hasValue: string;
  /** Of a row that is being written: its shadow is not what it is to be. Absent where what is equal need not be the same. */
  readonly isStale?: string;
  readonly settings?: ColumnSettings;
  /**
   * Of a foreign key that writes into its rows (set null, set default, update cascade): what it wrote into the shadow, for the
   * column itself. Once the old key is dropped, the new one alone follows its parent. By way of an expression only null has a value.
   */
  readonly valueBack?: ((row: string) => string) | 'null alone';
  /** A foreign key that sets its default has to find one there before the swap; what fills the shadow writes over it. */
  readonly hasDefault?: boolean;
}

export interface TableMove {
  /** Of the catalog: `public.lessons`. */
  readonly key: string;
  readonly columns: readonly ShadowColumn[];
  /** What it is before, and after. */
  readonly from: TableCatalog;
  readonly goal: TableCatalog;
  /** Those that are rebuilt in the swap, in the order in which they go; `definition` is the query. */
  readonly views?: readonly NamedDefinition[];
  /** Of a partitioned table; PostgreSQL builds indexes for them one by one. */
  readonly partitions?: readonly Pick<TableMove, 'key' | 'from' | 'goal'>[];
  /** Virtual columns that are computed from those that change. */
  readonly virtuals?: readonly string[];
}

export interface Move {
  /** Behind the names of what is built beside the old. */
  readonly suffix: 'new' | 'old';
  readonly from: Catalog;
  readonly goal: Catalog;
  readonly tables: readonly TableMove[];
  readonly version: number;
  /** Unique constraints are built as such, and only change their names in the swap: what infers one goes on finding it. */
  readonly buildsUnique?: boolean;
}

/** What a thing is called until it takes its name: PostgreSQL cuts names at 63 bytes. */
export function shadowName(name: string, suffix: Move['suffix']): string {
  return `${cut(name, 59)}_${suffix}`;
}

/**
 * PostgreSQL runs triggers by their names: what keeps two columns the same has to come behind whatever else changes the row.
 * https://www.postgresql.org/docs/current/trigger-definition.html
 */
export const SYNC_PREFIX = 'zz_sync_';

/** Triggers of the table that would run behind, and may change the value once more. */
export function triggersBehind(table: TableCatalog | undefined): string[] {
  const triggers = Object.entries(table?.triggers ?? {});
  return triggers.flatMap(([name, definition]) =>
    !name.startsWith(SYNC_PREFIX) && name > SYNC_PREFIX && / BEFORE .* FOR EACH ROW /s.test(definition) ? [name] : [],
  );
}

export function syncName({ key, columns }: TableMove, suffix: Move['suffix']): string {
  return shadowName(
    `${SYNC_PREFIX}${renderKey(key).replace('.', '_')}_${columns.map(({ name }) => name).join('_')}`,
    suffix,
  );
}

/** What is built for the columns that change; a check over a virtual column goes and comes back with that. */
export function partsOf({ columns, virtuals = [] }: TableMove, table: TableCatalog): ColumnParts {
  const parts = findParts(
    table,
    columns.map(({ name }) => name),
  );
  const apart = new Set(findParts(table, virtuals).checks.map(({ name }) => name));
  return { ...parts, checks: parts.checks.filter(({ name }) => !apart.has(name)) };
}

/** Old name to shadow. */
export function shadowsOf({ columns }: TableMove): Map<string, string> {
  return new Map(columns.map(({ name, shadow }) => [name, shadow]));
}

export function findMove({ tables }: Move, key: string): TableMove | undefined {
  return tables.find(move => move.key === key);
}

/** `alter table "lessons"` */
export function alterTable(key: string): string {
  return `alter table ${quoteKey(key)}`;
}

export function quoteKey(key: string): string {
  return renderKey(key).split('.').map(quoteIdentifier).join('.');
}

function cut(name: string, bytes: number): string {
  return Buffer.from(name)
    .subarray(0, bytes)
    .toString()
    .replace(/\uFFFD$/, '');
}
