/**
 * PostgreSQL words some expressions otherwise once it has read what it printed: `c not in ('a')` over a varchar is a list that is
 * cast as a whole at first, and item by item when a `down` has brought it back. Both are one expression. Pure.
 */
import type { Catalog, TableCatalog } from './catalog.ts';

/** In the words that stay. */
export function settleWording(catalog: Catalog): Catalog {
  return { ...catalog, tables: mapEntries(catalog.tables, settleTable) };
}

function settleTable(table: TableCatalog): TableCatalog {
  return {
    ...table,
    constraints: mapEntries(table.constraints, settle),
    indexes: mapEntries(table.indexes, settle),
    policies: mapEntries(table.policies, settle),
  };
}

const ITEM = /'(?:[^']|'')*'::character varying/g;
const LIST = new RegExp(`\\(ARRAY\\[((?:${ITEM.source}(?:, )?)+)\\]\\)::text\\[\\]`, 'g');

function settle(definition: string): string {
  return definition.replace(LIST, (_all, items: string) => `ARRAY[${items.replace(ITEM, item => `(${item})::text`)}]`);
}

function mapEntries<T>(record: Readonly<Record<string, T>>, map: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
