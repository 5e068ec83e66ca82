/**
 * What a database's schema is, as plain data that can be compared with deep equality: everything by name, so that the order of
 * columns and the object ids make no difference.
 */

export interface Catalog {
  /** Major version of the server that has printed it: 16 prints views in other words than 15. */
  readonly version: number;
  readonly tables: Readonly<Record<string, TableCatalog>>;
  /** Labels in their order. */
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly sequences: Readonly<Record<string, string>>;
  /** Views and materialized views with their definitions. */
  readonly views: Readonly<Record<string, string>>;
  /** The indexes of each materialized view that has any. */
  readonly viewIndexes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly routines: Readonly<Record<string, string>>;
  /** What no entity describes and migrations make all the same. */
  readonly others: Readonly<Record<OtherObject, Readonly<Record<string, string>>>>;
}

/** A type is a domain, a composite or a range; a comment is one on something else than a table or column. */
export type OtherObject = 'type' | 'statistics' | 'schema' | 'extension' | 'comment';

export interface TableCatalog {
  readonly columns: Readonly<Record<string, ColumnCatalog>>;
  readonly constraints: Readonly<Record<string, string>>;
  readonly indexes: Readonly<Record<string, string>>;
  /** Rules too; with their state where it is not the usual one. */
  readonly triggers: Readonly<Record<string, string>>;
  /** What follows `create policy "p" on "t"`. */
  readonly policies: Readonly<Record<string, string>>;
  readonly comment: string | null;
  /** `enabled`, `forced`, both or nothing. */
  readonly rowSecurity: string;
  /** The partition key, what it is a partition of, and its bounds; what it inherits. */
  readonly partition: string;
  /** Storage settings, `unlogged`, replica identity. */
  readonly settings: string;
}

/** It has bounds within another table: a table that only inherits has none. */
export function isPartition({ partition }: Pick<TableCatalog, 'partition'>): boolean {
  return /(?:^| )of .+ (?:FOR VALUES .+|DEFAULT)$/.test(partition);
}

export interface ColumnCatalog {
  readonly type: string;
  /** Proven: since 18 PostgreSQL shows a column as not null before the constraint is validated. H24. */
  readonly notNull: boolean;
  /** The default or the generation expression as PostgreSQL prints it. */
  readonly default: string | null;
  readonly generated: string;
  readonly identity: string;
  readonly collation: string | null;
  readonly comment: string | null;
  /** Storage, compression, statistics target and options, where they are not the usual ones. */
  readonly settings: string;
}
