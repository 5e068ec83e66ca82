/** MikroORM's picture of a schema: what decisions need of it, and decisions carried out on it before it is compared. */
import type { DatabaseSchema, DatabaseTable } from '@mikro-orm/postgresql';
import type { Column, ForeignKey, IndexDef } from '@mikro-orm/sql';
import type { Decisions } from '../planner/decisions.ts';
import { type EnumLabels, renameLabels } from '../planner/enum-values.ts';
import type { SchemaOutline } from '../planner/question.ts';
import { renameInArray } from '../planner/rename-labels.ts';
import { requiredDrops } from '../planner/required-drops.ts';
import { type ObjectName, quoteIdentifier, quoteLiteral, quoteName, renderName } from '../statement/change.ts';

export function outlineSchema(schema: DatabaseSchema): SchemaOutline {
  return Object.fromEntries(schema.getTables().map(table => [renderName(table), outlineTable(table)]));
}

function outlineTable(table: DatabaseTable): SchemaOutline[string] {
  return Object.fromEntries(
    table.getColumns().map(column => {
      const hasValue = column.nullable || column.default != null || column.autoincrement || column.generated;
      // MikroORM writes a type in its own words here and in PostgreSQL's there; its mapped type is the same for both
      const type = column.nativeEnumName ?? `${column.mappedType.constructor.name} ${column.length ?? ''}`.trim();
      return [column.name, { type, needsValue: !hasValue }];
    }),
  );
}

/** Labels of the native enums, by `schema.name`. */
export function outlineEnums(schema: DatabaseSchema): EnumLabels {
  return Object.fromEntries(
    Object.values(schema.getNativeEnums()).map(type => [`${type.schema ?? 'public'}.${type.name}`, type.items]),
  );
}

/** What a rename is as SQL, there and back. */
export interface Rename {
  /** As the decision calls it: `users.name`, `users`. */
  readonly name: string;
  readonly up: string;
  readonly down: string;
  /** Of a table: its old name, and its new one in the same schema. */
  readonly table?: { readonly table: ObjectName; readonly to: string };
}

/** Gives tables and columns of `schema` the names that were decided, so that the comparison finds them under these. */
export function renameIn(schema: DatabaseSchema, { renames }: Decisions): Rename[] {
  const columns = schema.getTables().flatMap(table => renameColumns(schema, table, renames));
  const tables = schema.getTables().flatMap(table => {
    const to = renames.get(renderName(table));
    return to === undefined ? [] : [renameTable(schema, table, to)];
  });
  return [...columns, ...tables];
}

/** Gives the values of enums the names that were decided, also where a column has one as its default. */
export function renameValuesIn(schema: DatabaseSchema, decisions: Decisions): void {
  const before = outlineEnums(schema);
  const after = renameLabels(before, decisions);
  for (const type of Object.values(schema.getNativeEnums())) {
    type.items = [...(after[`${type.schema ?? 'public'}.${type.name}`] ?? type.items)];
  }
  for (const { column, type } of enumColumns(schema)) {
    for (const [at, from] of (before[type] ?? []).entries()) {
      const to = after[type]?.[at] ?? from;
      column.enumItems = column.enumItems?.map(item => (item === from ? to : item));
      column.default = column.default && renameDefault(column.default, { from, to });
    }
  }
}

/** MikroORM reads a default without its cast. */
function renameDefault(value: string, { from, to }: { readonly from: string; readonly to: string }): string {
  const array = /^'(\{.*\})'$/s.exec(value)?.[1];
  const rename = (label: string): string => (label === from ? to : label);
  return array === undefined
    ? value === quoteLiteral(from)
      ? quoteLiteral(to)
      : value
    : quoteLiteral(renameInArray(array.replaceAll("''", "'"), rename));
}

/** Gives the columns of enums the labels that the database will have: those of the entities, and what is kept. */
export function keepValuesIn(schema: DatabaseSchema, labels: EnumLabels): void {
  for (const type of Object.values(schema.getNativeEnums())) {
    type.items = [...(labels[`${type.schema ?? 'public'}.${type.name}`] ?? type.items)];
  }
  for (const { column, type } of enumColumns(schema)) {
    column.enumItems = [...(labels[type] ?? column.enumItems ?? [])];
  }
}

/** Columns of native enums, with the type as `schema.name`. */
function enumColumns(schema: DatabaseSchema): { column: Column; type: string }[] {
  return schema
    .getTables()
    .flatMap(table => table.getColumns())
    .flatMap(column => {
      const { nativeEnumName: name } = column;
      return name ? [{ column, type: name.includes('.') ? name : `public.${name}` }] : [];
    });
}

/** The columns that go must not be null only until the release that does not know them. */
export function relaxIn(schema: DatabaseSchema, decisions: Decisions): void {
  for (const { table, column } of requiredDrops(decisions)) {
    const own = schema.getTable(table)?.getColumn(column);
    if (own) {
      own.nullable = true;
    }
  }
}

function renameColumns(schema: DatabaseSchema, table: DatabaseTable, renames: Decisions['renames']): Rename[] {
  return table.getColumns().flatMap(column => {
    const to = renames.get(`${renderName(table)}.${column.name}`);
    if (to === undefined) {
      return [];
    }
    const from = column.name;
    const rename = (names: string[]): string[] => names.map(name => (name === from ? to : name));
    table.removeColumn(from);
    table.addColumn({ ...column, name: to });
    table.setIndexes(table.getIndexes().map(index => renameInIndex(index, rename)));
    for (const key of Object.values(table.getForeignKeys())) {
      key.columnNames = rename(key.columnNames);
    }
    for (const key of keysTo(schema, table)) {
      key.referencedColumnNames = rename(key.referencedColumnNames);
    }
    const sql = (old: string, name: string): string =>
      `alter table ${quoteName(unqualified(table))} rename column ${quoteIdentifier(old)} to ${quoteIdentifier(name)}`;
    return [{ name: `${renderName(table)}.${from}`, up: sql(from, to), down: sql(to, from) }];
  });
}

function renameInIndex(index: IndexDef, rename: (names: string[]) => string[]): IndexDef {
  const { columns, include } = index;
  return {
    ...index,
    columnNames: rename(index.columnNames),
    ...(columns ? { columns: columns.map(own => ({ ...own, name: rename([own.name])[0] ?? own.name })) } : {}),
    ...(include ? { include: rename(include) } : {}),
  };
}

function renameTable(schema: DatabaseSchema, table: DatabaseTable, to: string): Rename {
  const from = unqualified(table);
  const sql = (old: string, name: string): string =>
    `alter table ${quoteName({ ...from, name: old })} rename to ${quoteIdentifier(name)}`;
  for (const key of keysTo(schema, table)) {
    key.referencedTableName = inSchemaOf(key.referencedTableName, to);
  }
  for (const key of Object.values(table.getForeignKeys())) {
    key.localTableName = inSchemaOf(key.localTableName, to);
  }
  const name = renderName(table);
  (table as { name: string }).name = to;
  return { name, up: sql(from.name, to), down: sql(to, from.name), table: { table: from, to } };
}

/** MikroORM names the table with or without its schema. */
function keysTo(schema: DatabaseSchema, table: DatabaseTable): ForeignKey[] {
  const names = [table.name, `${table.schema ?? 'public'}.${table.name}`];
  return schema
    .getTables()
    .flatMap(other => Object.values(other.getForeignKeys()))
    .filter(key => names.includes(key.referencedTableName));
}

/** The same name, in the schema of another one. */
function inSchemaOf(qualified: string, name: string): string {
  return `${qualified.slice(0, qualified.lastIndexOf('.') + 1)}${name}`;
}

/** Takes tables and columns out of `schema` that were decided to go, or to be left where they are. */
export function removeFrom(schema: DatabaseSchema, names: ReadonlySet<string>): void {
  schema.setTables(schema.getTables().filter(table => !names.has(renderName(table))));
  for (const table of schema.getTables()) {
    const gone = table
      .getColumns()
      .filter(({ name }) => names.has(`${renderName(table)}.${name}`))
      .map(({ name }) => name);
    for (const column of gone) {
      removeColumn(table, column);
    }
  }
}

/** PostgreSQL drops the indexes and constraints that contain a column together with it. */
export function removeColumn(table: DatabaseTable | undefined, column: string): void {
  table?.removeColumn(column);
  removeParts(table, column);
  table?.setIndexes(table.getIndexes().filter(({ columnNames }) => !columnNames.includes(column)));
}

/** What a column is part of, but for the primary key. */
export function removeParts(table: DatabaseTable | undefined, column: string): void {
  const mentions = new RegExp(`(^|\\W)"?${escapePattern(column)}"?(\\W|$)`);
  table?.setIndexes(table.getIndexes().filter(({ columnNames, primary }) => primary || !columnNames.includes(column)));
  table?.setChecks(table.getChecks().filter(({ expression }) => !mentions.test(String(expression))));
  const keys = Object.entries(table?.getForeignKeys() ?? {}).filter(([, key]) => !key.columnNames.includes(column));
  table?.setForeignKeys(Object.fromEntries(keys));
}

/** The default schema is not named in statements. */
function unqualified({ schema, name }: DatabaseTable): ObjectName {
  return schema === undefined || schema === 'public' ? { name } : { schema, name };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
