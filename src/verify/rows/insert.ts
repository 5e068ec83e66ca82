import type { Wanted } from './look-ahead.ts';
import type { RowCatalog, RowTable } from './read-tables.ts';

/** The rows that are to be made of one table. */
export interface Insert {
  readonly table: RowTable;
  /** What later migrations want of its rows. */
  readonly ahead: Wanted;
  readonly catalog: RowCatalog;
  /** Rows that each table has, by its object id. */
  readonly counts: ReadonlyMap<number, number>;
  /** Numbers of the rows to make: each is used once in a database, so that values can be told apart. */
  readonly from: number;
  readonly to: number;
}
