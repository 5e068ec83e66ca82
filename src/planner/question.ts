/** What has to be asked of a change, and the outline that it is told from. Plain values. */

/** The columns of each table, by name; keys of tables are as `renderName` gives them. */
export type SchemaOutline = Readonly<Record<string, Readonly<Record<string, ColumnOutline>>>>;

export interface ColumnOutline {
  readonly type: string;
  /** It must not be null, and nothing but the statement fills it. */
  readonly needsValue: boolean;
}

export type Question =
  /** No entity describes the table any more; it may be one of `candidates` under its old name. */
  | {
      readonly kind: 'gone table';
      readonly name: string;
      readonly table: string;
      readonly candidates: readonly string[];
    }
  | {
      readonly kind: 'gone column';
      readonly name: string;
      readonly table: string;
      readonly column: string;
      /** It must not be null, and has no default. */
      readonly isRequired: boolean;
      /** New columns of the same type. */
      readonly candidates: readonly string[];
    }
  /** An enum without a value that it had, and the values that it got. */
  | {
      readonly kind: 'gone value';
      readonly name: string;
      readonly label: string;
      readonly candidates: readonly string[];
      /** The columns that have the type. */
      readonly holders: readonly { readonly table: string; readonly column: string }[];
    }
  /** An enum whose values are in another order. */
  | { readonly kind: 'reordered'; readonly name: string }
  /**
   * A column that must not be null and has no default: a new one, on a table that may have rows, or a dropped one that comes back.
   */
  | {
      readonly kind: 'fill';
      /** On the way back. */
      readonly isBack: boolean;
      readonly name: string;
      readonly table: string;
      readonly column: string;
      readonly type: string;
    }
  /** A column whose values no cast turns into the other type without the session's time zone. H40. */
  | {
      readonly kind: 'using';
      /** On the way back. */
      readonly isBack: boolean;
      readonly name: string;
      readonly table: string;
      readonly column: string;
      readonly from: string;
      readonly to: string;
    };
