import type { Catalog, TableCatalog } from './catalog.ts';
import { CATALOG_QUERIES } from './catalog-queries.ts';
import type { Queryable } from './queryable.ts';
import { type Row, readParts } from './read-parts.ts';

/**
 * Reads the catalog of the schemas that are not PostgreSQL's own, without what extensions brought.
 * @param options.without tables to leave out, such as the table of executed migrations; `schema.name`.
 */
export async function readCatalog(client: Queryable, options: { without?: readonly string[] } = {}): Promise<Catalog> {
  const without = options.without ?? [];
  const parts = await readParts(client, CATALOG_QUERIES);
  const ours = (rows: readonly Row[]): Row[] => rows.filter(({ relation }) => !without.includes(String(relation)));
  const [columns, constraints, indexes, triggers, policies] = [
    byRelation(parts.columns),
    byRelation(parts.constraints),
    byRelation(parts.indexes),
    byRelation(parts.triggers),
    byRelation(parts.policies),
  ];
  const table = ({ relation, comment, rowSecurity, partition, settings }: Row): TableCatalog => ({
    columns: keyed(columns.get(relation), ({ name: _name, relation: _relation, ...column }) => column),
    constraints: keyed(constraints.get(relation), definition),
    indexes: keyed(indexes.get(relation), definition),
    triggers: keyed(triggers.get(relation), definition),
    policies: keyed(policies.get(relation), definition),
    comment: comment as string | null,
    rowSecurity: String(rowSecurity),
    partition: String(partition),
    settings: String(settings),
  });
  return {
    version: Number(parts.version[0]?.major),
    tables: Object.fromEntries(ours(parts.tables).map(row => [row.relation, table(row)])),
    enums: keyed(parts.enums, ({ labels }) => labels),
    sequences: keyed(ours(parts.sequences), definition),
    views: keyed(parts.views, definition),
    viewIndexes: Object.fromEntries(
      parts.views
        .filter(({ name }) => indexes.has(name))
        .map(({ name }) => [name, keyed(indexes.get(name), definition)]),
    ),
    routines: keyed(parts.routines, definition),
    others: {
      type: keyed(parts.types, definition),
      statistics: keyed(parts.statistics, definition),
      schema: keyed(parts.schemas, definition),
      extension: keyed(parts.extensions, definition),
      comment: keyed(parts.comments, definition),
    },
  };
}

function byRelation(rows: readonly Row[]): Map<unknown, Row[]> {
  return Map.groupBy(rows, ({ relation }) => relation);
}

function keyed<T>(rows: Row[] | undefined, value: (row: Row) => unknown): Record<string, T> {
  return Object.fromEntries((rows ?? []).map(row => [String(row.name), value(row) as T]));
}

function definition({ definition }: Row): unknown {
  return definition;
}
