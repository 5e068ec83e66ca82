/** What a statement does to the schema, as plain data: one change for each thing it creates, alters or drops. */

export interface ObjectName {
  /** Absent when the statement does not qualify the name. */
  readonly schema?: string;
  readonly name: string;
}

/** An SQL expression as PostgreSQL's parser prints it, with what a rule has to know of it. */
export interface Expression {
  readonly sql: string;
  /** The functions it calls; their volatility is the catalog's to tell. */
  readonly functions: readonly ObjectName[];
  readonly columns: readonly string[];
  readonly isNull: boolean;
  /** A default may have none. https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-DEFAULT */
  readonly hasSubquery: boolean;
}

export type ConstraintType = 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclude' | 'not null';

export interface Constraint {
  /** Empty when PostgreSQL is to choose the name. */
  readonly name: string;
  readonly type: ConstraintType;
  readonly columns: readonly string[];
  /** Only of foreign keys. */
  readonly references?: { readonly table: ObjectName; readonly columns: readonly string[] };
  /** Of a foreign key, where they are not the usual ones: `on update cascade on delete set null`. */
  readonly rules?: string;
  /** Only of checks. */
  readonly expression?: Expression;
  readonly notValid: boolean;
  readonly notEnforced: boolean;
  /** `using index …` */
  readonly index?: string;
}

export interface Column {
  readonly name: string;
  /** As PostgreSQL's parser prints it: `numeric(10, 2)`, `text[]`, `user_role`. */
  readonly type: string;
  readonly notNull: boolean;
  readonly default?: Expression;
  readonly generated?: 'stored' | 'virtual';
  readonly identity: boolean;
  /** Those written with the column, other than not null. */
  readonly constraints: readonly Constraint[];
}

export type ColumnAlteration =
  | { readonly to: 'type'; readonly type: string; readonly using?: Expression }
  | { readonly to: 'set default'; readonly default: Expression }
  | { readonly to: 'drop default' | 'set not null' | 'drop not null' }
  | {
      readonly to:
        | 'add identity'
        | 'drop identity'
        | 'set generated'
        | 'drop expression'
        | 'statistics'
        | 'storage'
        | 'compression'
        | 'options';
    };

export type Change =
  | {
      readonly kind: 'create table';
      readonly table: ObjectName;
      readonly columns: readonly Column[];
      /** Those of the table and those written with a column. */
      readonly constraints: readonly Constraint[];
      readonly ifNotExists: boolean;
      readonly partitionOf?: ObjectName;
      /** `partition by` */
      readonly isPartitioned?: true;
      readonly isTemporary: boolean;
    }
  | { readonly kind: 'drop table'; readonly table: ObjectName; readonly ifExists: boolean; readonly cascade: boolean }
  | { readonly kind: 'rename table'; readonly table: ObjectName; readonly to: string }
  | {
      readonly kind: 'add column';
      readonly table: ObjectName;
      readonly column: string;
      readonly definition: Column;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'drop column';
      readonly table: ObjectName;
      readonly column: string;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | { readonly kind: 'rename column'; readonly table: ObjectName; readonly column: string; readonly to: string }
  | {
      readonly kind: 'alter column';
      readonly table: ObjectName;
      readonly column: string;
      readonly alteration: ColumnAlteration;
    }
  | {
      readonly kind: 'add constraint';
      readonly table: ObjectName;
      readonly constraint: string;
      readonly definition: Constraint;
    }
  | { readonly kind: 'validate constraint'; readonly table: ObjectName; readonly constraint: string }
  | {
      readonly kind: 'drop constraint';
      readonly table: ObjectName;
      readonly constraint: string;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | { readonly kind: 'rename constraint'; readonly table: ObjectName; readonly constraint: string; readonly to: string }
  | {
      readonly kind: 'create index';
      readonly table: ObjectName;
      readonly index: string;
      readonly unique: boolean;
      readonly method: string;
      readonly concurrently: boolean;
      readonly ifNotExists: boolean;
      /** `on only`: of a partitioned table, without its partitions. */
      readonly only: boolean;
      readonly columns: readonly string[];
      readonly where?: Expression;
    }
  | {
      readonly kind: 'drop index';
      readonly index: ObjectName;
      readonly concurrently: boolean;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | { readonly kind: 'rename index'; readonly index: ObjectName; readonly to: string }
  | { readonly kind: 'reindex'; readonly target: ObjectName; readonly concurrently: boolean }
  /** `labels`: only of an enum. */
  | { readonly kind: 'create type'; readonly type: ObjectName; readonly labels?: readonly string[] }
  | { readonly kind: 'drop type'; readonly type: ObjectName; readonly ifExists: boolean; readonly cascade: boolean }
  | {
      readonly kind: 'add enum value';
      readonly type: ObjectName;
      readonly value: string;
      readonly ifNotExists: boolean;
    }
  | { readonly kind: 'rename enum value'; readonly type: ObjectName; readonly value: string; readonly to: string }
  | {
      readonly kind: 'create view';
      readonly view: ObjectName;
      readonly materialized: boolean;
      /** `with no data` */
      readonly withoutData?: true;
    }
  | { readonly kind: 'drop view'; readonly view: ObjectName; readonly materialized: boolean; readonly cascade: boolean }
  | {
      readonly kind: 'refresh view';
      readonly view: ObjectName;
      readonly concurrently: boolean;
      /** `with no data` */
      readonly withoutData?: true;
    }
  | { readonly kind: 'create routine'; readonly routine: ObjectName }
  | { readonly kind: 'drop routine'; readonly routine: ObjectName; readonly cascade: boolean }
  | { readonly kind: 'create trigger'; readonly table: ObjectName; readonly trigger: string }
  | { readonly kind: 'drop trigger'; readonly table: ObjectName; readonly trigger: string }
  | { readonly kind: 'create policy'; readonly table: ObjectName; readonly policy: string }
  | { readonly kind: 'drop policy'; readonly table: ObjectName; readonly policy: string }
  | { readonly kind: 'attach partition'; readonly table: ObjectName; readonly partition: ObjectName }
  | {
      readonly kind: 'detach partition';
      readonly table: ObjectName;
      readonly partition: ObjectName;
      readonly concurrently: boolean;
    }
  | {
      readonly kind: 'alter table';
      readonly table: ObjectName /** `AT_SetLogged`, … as the parser calls it. */;
      readonly command: string;
    }
  | { readonly kind: 'comment' /** Of a table or column; absent for other objects. */; readonly table?: ObjectName }
  | { readonly kind: 'insert'; readonly table: ObjectName }
  | {
      readonly kind: 'update' | 'delete';
      readonly table: ObjectName /** It has a `where`. */;
      readonly isBounded: boolean;
    }
  | { readonly kind: 'truncate' | 'lock table'; readonly tables: readonly ObjectName[] }
  | {
      readonly kind: 'vacuum';
      readonly isFull: boolean;
      readonly isAnalyzeOnly: boolean;
      readonly tables: readonly ObjectName[];
    }
  | { readonly kind: 'cluster'; readonly table?: ObjectName }
  | { readonly kind: 'select' }
  | { readonly kind: 'drop schema' | 'drop database'; readonly name: string }
  | { readonly kind: 'transaction' }
  | { readonly kind: 'set'; readonly setting: string; readonly isLocal: boolean }
  | { readonly kind: 'other' /** `CreateExtensionStmt`, … as the parser calls it. */; readonly statement: string };

export type ChangeOf<K extends Change['kind']> = Extract<Change, { readonly kind: K }>;

/** The changes of one kind, in their order. */
export function changesOf<K extends Change['kind']>(changes: readonly Change[], kind: K): ChangeOf<K>[] {
  return changes.filter((change): change is ChangeOf<K> => change.kind === kind);
}

/** `schema.name`, without the schema where it is the default one. */
export function renderName({ schema, name }: ObjectName): string {
  return schema === undefined || schema === 'public' ? name : `${schema}.${name}`;
}

/** `"schema"."name"` as SQL. */
export function quoteName({ schema, name }: ObjectName): string {
  return schema === undefined ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** What `renderName` gave, as SQL. */
export function quoteRendered(name: string): string {
  return name.split('.').map(quoteIdentifier).join('.');
}

/** A text as a string constant: PostgreSQL takes backslashes as they are. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
export function quoteIdentifier(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
