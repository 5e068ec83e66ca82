/** An enum that loses values, or has them in another order, is a new type of the same name: its columns change their type. Pure. */
import type { Catalog, TableCatalog } from '../../catalog/catalog.ts';
import { type ObjectName, quoteLiteral, quoteName } from '../../statement/change.ts';
import { lostValues, reorderedTypes } from '../enum-values.ts';
import { type PlannedStatement, shadowName } from './move.ts';
import { nameOfKey, renderKey } from './parts.ts';

/** A key of the catalog: `public.lesson_status`. */
export type EnumKey = string;

/** Enums of both sides that lost a value on the way, or whose values changed places. */
export function findRemade({ before, after }: { readonly before: Catalog; readonly after: Catalog }): EnumKey[] {
  const change = { before: before.enums, after: after.enums };
  return [...new Set([...lostValues(change).map(({ type }) => type), ...reorderedTypes(change)])];
}

/** The columns that have one of the types on both sides. */
export function columnsOf(
  types: readonly EnumKey[],
  { before, after }: { readonly before: Catalog; readonly after: Catalog },
): { readonly table: ObjectName; readonly column: string }[] {
  const names = new Set(types.map(typeName));
  const has = (type: string | undefined): boolean => type !== undefined && names.has(type.replace(/(?:\[\])+$/, ''));
  return Object.entries(before.tables).flatMap(([key, { columns }]) =>
    Object.entries(columns)
      .filter(([name, { type }]) => has(type) && has(after.tables[key]?.columns[name]?.type))
      .map(([column]) => ({ table: nameOfKey(key), column })),
  );
}

/** The same catalog with the types under the names that they have until the swap. */
export function withShadowTypes(catalog: Catalog, types: readonly EnumKey[], suffix: 'new' | 'old'): Catalog {
  if (types.length === 0) {
    return catalog;
  }
  const names = new Map(types.map(type => [typeName(type), shadowType(type, suffix)]));
  const retype = (text: string): string => [...names].reduce((all, [from, to]) => replaceCast(all, from, to), text);
  const all = (record: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).map(([name, definition]) => [name, retype(definition)]));
  const table = (own: TableCatalog): TableCatalog => ({
    ...own,
    columns: Object.fromEntries(
      Object.entries(own.columns).map(([name, column]) => {
        const base = column.type.replace(/(?:\[\])+$/, '');
        const type = `${names.get(base) ?? base}${column.type.slice(base.length)}`;
        return [name, { ...column, type, default: column.default === null ? null : retype(column.default) }];
      }),
    ),
    constraints: all(own.constraints),
    indexes: all(own.indexes),
  });
  const tables = Object.entries(catalog.tables).map(([key, own]): [string, TableCatalog] => [key, table(own)]);
  return { ...catalog, tables: Object.fromEntries(tables) };
}

function replaceCast(text: string, from: string, to: string): string {
  return text
    .split(`::${from}`)
    .reduce((all, rest) => `${all}${/^[\w$".]/.test(rest) ? `::${from}` : `::${to}`}${rest}`);
}

export function createTypes(types: readonly EnumKey[], catalog: Catalog, suffix: 'new' | 'old'): PlannedStatement[] {
  return types.map(type => {
    const labels = (catalog.enums[type] ?? []).map(label => quoteLiteral(label));
    return { sql: `create type ${shadowType(type, suffix)} as enum (${labels.join(', ')})` };
  });
}

export function dropTypes(types: readonly EnumKey[], suffix: 'new' | 'old'): PlannedStatement[] {
  return types.map(type => ({ sql: `drop type if exists ${shadowType(type, suffix)}` }));
}

/** Behind the last column: a function that names the type by its name until then goes on. */
export function takeTypeNames(types: readonly EnumKey[], suffix: 'new' | 'old'): string[] {
  return types.map(type => `alter type ${shadowType(type, suffix)} rename to ${quoteName({ name: bareName(type) })}`);
}

export function giveTypeNames(types: readonly EnumKey[], suffix: 'new' | 'old'): string[] {
  return types.map(
    type =>
      `alter type ${quoteName(nameOfKey(type))} rename to ${quoteName({ name: shadowName(bareName(type), suffix) })}`,
  );
}

/** As format_type prints it where the default schema is on the search path. */
export function typeName(type: EnumKey): string {
  return renderKey(type)
    .split('.')
    .map(part => (/^[a-z_][a-z0-9_]*$/.test(part) ? part : quoteName({ name: part })))
    .join('.');
}

function shadowType(type: EnumKey, suffix: 'new' | 'old'): string {
  return quoteName({ ...nameOfKey(type), name: shadowName(bareName(type), suffix) });
}

function bareName(type: EnumKey): string {
  return nameOfKey(type).name;
}
