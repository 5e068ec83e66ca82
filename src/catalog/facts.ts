/** What the rules must know of the live database, read once into plain data. Names are as `renderName` gives them. */

export interface TypeFacts {
  readonly kind: 'enum' | 'domain';
  readonly isConstrained: boolean;
  /** Of an enum whose values are known. */
  readonly labels?: readonly string[];
}

export interface DatabaseFacts {
  /** Major version: 15 to 18. */
  readonly version: number;
  readonly tables: Readonly<Record<string, TableFacts>>;
  /** `i` immutable, `s` stable, `v` volatile, by name; of several routines of one name the most volatile counts. */
  readonly volatility: Readonly<Record<string, 'i' | 's' | 'v'>>;
  /** Enum types and domains. A domain is constrained when it, or a domain below it, has a check or is not null. */
  readonly types: Readonly<Record<string, TypeFacts>>;
  /** The table of each index. */
  readonly indexes: Readonly<Record<string, string>>;
}

export interface TableFacts {
  readonly kind: 'table' | 'partitioned' | 'partition' | 'view' | 'materialized view';
  /** From pg_class.reltuples: an estimate; undefined when the table was never analyzed. */
  readonly estimatedRows?: number;
  /** False only when a look at the table found none. */
  readonly hasRows: boolean;
  /** Of a partitioned table that has one. */
  readonly defaultPartition?: string;
  /** Of a materialized view `with no data`, which nobody can read. */
  readonly isPopulated?: false;
  /** pg_total_relation_size. */
  readonly bytes: number;
  readonly columns: Readonly<Record<string, ColumnFacts>>;
  readonly constraints: Readonly<Record<string, ConstraintFacts>>;
  readonly indexes: Readonly<Record<string, IndexFacts>>;
  /** Views and rules that depend on the table, by name. */
  readonly dependents: readonly string[];
  /** What else hangs on one of its columns. */
  readonly uses?: readonly ColumnUse[];
  /** How a column is kept, where that was set for it. */
  readonly settings?: Readonly<Record<string, ColumnSettings>>;
}

export interface ColumnUse {
  readonly column: string;
  readonly kind:
    | 'view'
    | 'materialized view'
    | 'policy'
    | 'trigger'
    | 'statistics object'
    | 'publication'
    | 'routine'
    | 'stored generated column'
    | 'virtual generated column'
    | 'partition key'
    | 'replica identity'
    | 'identity'
    | 'privilege'
    | 'inheritance';
  /** Of a view as `renderName` gives it. */
  readonly name: string;
  /** Of a view: its query is all there is to it, no options, privileges, comments or triggers. */
  readonly isPlain: boolean;
}

export interface ColumnSettings {
  readonly statistics?: number;
  /** `main`, `external`, … */
  readonly storage?: string;
  readonly compression?: string;
  /** `n_distinct=5` */
  readonly options?: readonly string[];
}

export interface ColumnFacts {
  /** As format_type prints it: `character varying(255)`, `timestamp without time zone`. */
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly isGenerated: boolean;
}

export interface ConstraintFacts {
  readonly type: 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclude' | 'not null';
  readonly columns: readonly string[];
  readonly isValidated: boolean;
  /** Only of foreign keys. */
  readonly references?: string;
  /** Of a foreign key, where they are not the usual ones: `on update cascade on delete set null`. */
  readonly rules?: string;
  /** The parent's constraint or index that PostgreSQL chose for it, where it is known. */
  readonly key?: string;
  /** Only of checks: as pg_get_expr prints it. */
  readonly expression?: string;
}

export interface IndexFacts {
  readonly isValid: boolean;
  readonly isUnique: boolean;
  readonly columns: readonly string[];
  /** As pg_get_indexdef prints it. */
  readonly definition: string;
  /** The constraint it belongs to. */
  readonly constraint?: string;
}
