/** What a statement does to the schema, as plain data: one change for each thing it creates, alters or drops. */

export interface ObjectName {
  /** Absent when the statement does not qualify the name. */
  readonly schema?: string;
  readonly name: string;
}

export type ConstraintType = 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclude' | 'not null';

export type Change =
  | { readonly kind: 'create table'; readonly table: ObjectName; readonly columns: readonly string[] }
  | { readonly kind: 'drop table'; readonly table: ObjectName }
  | { readonly kind: 'rename table'; readonly table: ObjectName; readonly to: string }
  | { readonly kind: 'add column'; readonly table: ObjectName; readonly column: string }
  | { readonly kind: 'drop column'; readonly table: ObjectName; readonly column: string }
  | { readonly kind: 'rename column'; readonly table: ObjectName; readonly column: string; readonly to: string }
  | {
      readonly kind: 'alter column';
      readonly table: ObjectName;
      readonly column: string;
      readonly what: ColumnAlteration;
    }
  | {
      readonly kind: 'add constraint';
      readonly table: ObjectName;
      readonly constraint: string;
      readonly type: ConstraintType;
      readonly columns: readonly string[];
      readonly references?: ObjectName;
    }
  | { readonly kind: 'drop constraint'; readonly table: ObjectName; readonly constraint: string }
  | { readonly kind: 'create index'; readonly table: ObjectName; readonly index: string; readonly unique: boolean }
  | { readonly kind: 'drop index'; readonly index: ObjectName }
  | { readonly kind: 'create type'; readonly type: ObjectName }
  | { readonly kind: 'drop type'; readonly type: ObjectName }
  | { readonly kind: 'add enum value'; readonly type: ObjectName; readonly value: string }
  | { readonly kind: 'create view'; readonly view: ObjectName }
  | { readonly kind: 'drop view'; readonly view: ObjectName }
  | { readonly kind: 'create routine'; readonly routine: ObjectName }
  | { readonly kind: 'drop routine'; readonly routine: ObjectName }
  | { readonly kind: 'other'; readonly statement: string };

export type ColumnAlteration = 'type' | 'set default' | 'drop default' | 'set not null' | 'drop not null' | 'other';

/** `schema.name`, without the schema where it is the default one. */
export function renderName({ schema, name }: ObjectName): string {
  return schema === undefined || schema === 'public' ? name : `${schema}.${name}`;
}

/** `"schema"."name"` as SQL. */
export function quoteName({ schema, name }: ObjectName): string {
  return schema === undefined ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
export function quoteIdentifier(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
