/**
 * What a database's schema is, as plain data that can be compared with deep equality: everything by name, so that the order of
 * columns and the object ids make no difference.
 */

export interface Catalog {
  readonly tables: Readonly<Record<string, TableCatalog>>;
  /** Labels in their order. */
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly sequences: Readonly<Record<string, string>>;
  /** Views and materialized views with their definitions. */
  readonly views: Readonly<Record<string, string>>;
  readonly routines: Readonly<Record<string, string>>;
}

export interface TableCatalog {
  readonly columns: Readonly<Record<string, ColumnCatalog>>;
  readonly constraints: Readonly<Record<string, string>>;
  readonly indexes: Readonly<Record<string, string>>;
  readonly triggers: Readonly<Record<string, string>>;
  readonly comment: string | null;
}

export interface ColumnCatalog {
  readonly type: string;
  readonly notNull: boolean;
  /** The default or the generation expression as PostgreSQL prints it. */
  readonly default: string | null;
  readonly generated: string;
  readonly identity: string;
  readonly collation: string | null;
  readonly comment: string | null;
}
