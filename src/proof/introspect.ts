/** MikroORM's view of a database that it has no connection of its own to. */

import type { Configuration } from '@mikro-orm/core';
import { DatabaseSchema } from '@mikro-orm/postgresql';
import type { AbstractSqlConnection, AbstractSqlPlatform, DatabaseTable } from '@mikro-orm/sql';
import type { Catalog, TableCatalog } from '../catalog/catalog.ts';
import type { Queryable } from '../catalog/queryable.ts';
import { quoteIdentifier, quoteName } from '../statement/change.ts';

export interface IntrospectOptions {
  readonly platform: AbstractSqlPlatform;
  readonly config: Configuration;
  readonly schemaName?: string;
  /** Those of the entities. */
  readonly namespaces: readonly string[];
  /** Of the same database; what is not in it (an extension's views and functions) is left out. */
  readonly catalog: Catalog;
}

export async function introspect(
  database: Queryable,
  { platform, config, schemaName, namespaces, catalog }: IntrospectOptions,
): Promise<DatabaseSchema> {
  const connection = connectionTo(database, platform);
  const { skipTables, skipViews } = config.get('schemaGenerator');
  const names = [...Object.keys(catalog.tables), ...Object.keys(catalog.enums), ...Object.keys(catalog.views)];
  const schemas = new Set(['public', ...namespaces, ...names.map(name => name.slice(0, name.indexOf('.')))]);
  const all = [...schemas].sort();
  const schema = await DatabaseSchema.create(
    connection,
    platform,
    config,
    schemaName,
    all,
    undefined,
    skipTables,
    skipViews,
  );
  await schema.loadRoutines(connection, platform, all);
  schema.setViews(schema.getViews().filter(view => qualified(view) in catalog.views));
  const routines = schema.getRoutines();
  const ours = routines.filter(routine =>
    Object.keys(catalog.routines).some(name => name.startsWith(`${qualified(routine)}(`)),
  );
  routines.splice(0, routines.length, ...ours);
  for (const table of schema.getTables()) {
    takeExpressions(table, catalog.tables[qualified(table)]);
    correct(table, catalog.tables[qualified(table)]);
  }
  return schema;
}

/**
 * Gives checks and indexes of `table` the expressions of the catalog: those that MikroORM 7.2 reads have no casts, and are in the
 * old names where columns have been renamed since.
 */
export function takeExpressions(
  table: DatabaseTable,
  { constraints, indexes }: Pick<TableCatalog, 'constraints' | 'indexes'> = EMPTY,
): void {
  table.setChecks(
    table.getChecks().map(check => {
      const [, expression] =
        /^CHECK \((.*)\)(?: NO INHERIT)?(?: NOT VALID \(not validated\))?$/s.exec(constraints[check.name] ?? '') ?? [];
      return expression === undefined ? check : { ...check, expression };
    }),
  );
  table.setIndexes(
    table.getIndexes().map(index => {
      const definition = indexes[index.keyName] && definitionOf(index.keyName, table, { constraints, indexes });
      const [, where] = / WHERE \((.*)\)$/s.exec(definition ?? '') ?? [];
      return {
        ...index,
        ...(index.expression && definition ? { expression: definition } : {}),
        ...(index.where && where ? { where } : {}),
      };
    }),
  );
}

/** MikroORM takes the unique constraint of a column with capitals for an index over an expression. */
function definitionOf(
  name: string,
  table: DatabaseTable,
  { constraints, indexes }: Pick<TableCatalog, 'constraints' | 'indexes'>,
): string | undefined {
  const constraint = constraints[name];
  return constraint === undefined
    ? indexes[name]
    : `alter table ${quoteName({ schema: table.schema ?? 'public', name: table.name })} add constraint ${quoteIdentifier(name)} ${constraint}`;
}

/**
 * What MikroORM 7.2 reads wrongly: it takes apostrophes out of the names of tables with foreign keys, calls every generated column
 * stored, takes an exclusion constraint for a check, and gives times and intervals without a precision that of 6.
 */
function correct(table: DatabaseTable, { columns, constraints }: TableParts = EMPTY): void {
  table.setChecks(table.getChecks().filter(({ name }) => !constraints[name]?.startsWith('EXCLUDE ')));
  for (const key of Object.values(table.getForeignKeys())) {
    key.localTableName = qualified(table);
  }
  for (const column of table.getColumns().filter(({ name }) => columns[name]?.generated === 'v')) {
    table.addColumn({ ...column, generated: column.generated?.replace(/ stored$/, ' virtual') });
  }
  for (const column of table
    .getColumns()
    .filter(({ name }) => /^(?:time|interval)[^(]*$/.test(columns[name]?.type ?? ''))) {
    const { length: _, ...rest } = column;
    table.addColumn({ ...rest, type: column.type.replace(/\(6\)$/, '') });
  }
  for (const column of table.getColumns()) {
    const kept = columns[column.name];
    if (kept?.default && isOfOtherType(kept.default, kept.type)) {
      table.addColumn({ ...column, default: kept.default });
    }
  }
}

/** `'-1'::integer` of a bigint: without the cast, as MikroORM reads it, it would come back as `'-1'::bigint`. */
function isOfOtherType(value: string, type: string): boolean {
  const [, cast] = /^'(?:[^']|'')*'::([\w ]+)$/.exec(value) ?? [];
  return cast !== undefined && cast !== type.replace(/\([\d,]+\)/, '');
}

type TableParts = Pick<TableCatalog, 'columns' | 'constraints'>;

const EMPTY = { constraints: {}, indexes: {}, columns: {} };

export function qualified({ schema, name }: { readonly schema?: string; readonly name: string }): string {
  return `${schema ?? 'public'}.${name}`;
}

/** All that introspection asks of a connection. */
function connectionTo(database: Queryable, platform: AbstractSqlPlatform): AbstractSqlConnection {
  const execute = async (sql: string, values: readonly unknown[] = []): Promise<unknown> =>
    (await database.query(quoteNames(platform.formatQuery(sql, values)))).rows;
  return { execute, getPlatform: () => platform } as unknown as AbstractSqlConnection;
}

/** MikroORM 7.2 puts names between quotes without doubling those inside: a table called `a"b` would end its query. */
function quoteNames(sql: string): string {
  return sql.replaceAll(
    `('"' || table_schema || '"."' || table_name || '"')::regclass`,
    `format('%I.%I', table_schema, table_name)::regclass`,
  );
}
