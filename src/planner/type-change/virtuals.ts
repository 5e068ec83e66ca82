/** Virtual columns that are computed from a column whose name another one takes: they go and come back in the swap. Pure. */
import type { ColumnCatalog, TableCatalog } from '../../catalog/catalog.ts';
import { quoteIdentifier, quoteLiteral } from '../../statement/change.ts';
import { lowerKeywords, mentionsColumn } from '../../statement/rename-columns.ts';
import { notNullName } from './build.ts';
import { withoutState } from './indexes.ts';
import { alterTable, quoteKey, type TableMove } from './move.ts';
import { findParts } from './parts.ts';

/**
 * PostgreSQL keeps no value of them: to drop one and to add it again changes the catalog alone. Since 18.
 * https://www.postgresql.org/docs/current/ddl-generated-columns.html
 * @param columns those that change. @param sides the table at both ends.
 * @returns names of virtual columns that either end computes from one of them; one that is no longer virtual is not among them.
 */
export function findVirtuals(
  columns: readonly string[],
  { before, after }: Record<'before' | 'after', TableCatalog | undefined>,
): string[] {
  const isVirtual = (column: ColumnCatalog | undefined): boolean => column === undefined || column.generated === 'v';
  const names = new Set([before, after].flatMap(table => Object.keys(table?.columns ?? {})));
  return [...names].filter(name => {
    const ends = [before?.columns[name], after?.columns[name]];
    const needs = ends.some(own => columns.some(column => mentionsColumn(own?.default ?? '', column)));
    return needs && ends.every(isVirtual);
  });
}

/** In front of the column that they are computed from: PostgreSQL drops none that is needed. Their checks go with them. */
export function dropVirtuals(table: TableMove): string[] {
  const { key, from, goal, virtuals = [] } = table;
  const stays = new Set(checksOf(goal, virtuals).map(({ name }) => name));
  return [
    ...checksOf(from, virtuals)
      .filter(({ name }) => !stays.has(name))
      .map(({ name }) => `${alterTable(key)} drop constraint if exists ${quoteIdentifier(name)}`),
    ...virtuals.map(name => `${alterTable(key)} drop column if exists ${quoteIdentifier(name)}`),
  ];
}

/** What must hold for them comes back `not valid`: a look at the rows has no place in a swap. */
export function createVirtuals(table: TableMove): string[] {
  const { key, goal } = table;
  return [
    ...definitionsOf(table).flatMap(([name, column]) => [
      `${alterTable(key)} add column if not exists ${quoteIdentifier(name)} ${renderVirtual(column)}`,
      ...(column.comment === null
        ? []
        : [`comment on column ${quoteKey(key)}.${quoteIdentifier(name)} is ${quoteLiteral(column.comment)}`]),
      ...(column.notNull
        ? [
            `${alterTable(key)} add constraint ${quoteIdentifier(notNullName(key, name))} not null ${quoteIdentifier(name)} not valid`,
          ]
        : []),
    ]),
    ...checksOf(goal, table.virtuals).map(
      ({ name, definition }) =>
        `${alterTable(key)} add constraint ${quoteIdentifier(name)} ${lowerKeywords(withoutState(definition))} not valid`,
    ),
  ];
}

/** Behind the swap, while everybody goes on. */
export function validateVirtuals(table: TableMove): string[] {
  const notNulls = definitionsOf(table).filter(([, { notNull }]) => notNull);
  const names = [
    ...notNulls.map(([name]) => notNullName(table.key, name)),
    ...checksOf(table.goal, table.virtuals).map(({ name }) => name),
  ];
  return names.map(name => `${alterTable(table.key)} validate constraint ${quoteIdentifier(name)}`);
}

/** One that is there at one end only: its own statement, in front of the swap or behind it, makes or drops it. */
function definitionsOf({ from, goal, virtuals = [] }: TableMove): [name: string, column: ColumnCatalog][] {
  return virtuals.flatMap((name): [string, ColumnCatalog][] => {
    const column = goal.columns[name] ?? from.columns[name];
    return column ? [[name, column]] : [];
  });
}

function renderVirtual({ type, collation, default: expression }: ColumnCatalog): string {
  const own = collation === null ? type : `${type} collate ${collation}`;
  return `${own} generated always as (${expression ?? 'null'}) virtual`;
}

function checksOf(table: TableCatalog, virtuals: readonly string[] = []): ReturnType<typeof findParts>['checks'] {
  return findParts(table, virtuals).checks;
}
