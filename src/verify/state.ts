/** A shadow database at one moment: its schema, and what its rows are. */
import type { Catalog } from '../catalog/catalog.ts';
import type { DeclaredLosses } from './header.ts';
import { type RowSums, renderOtherRows, sumRows } from './rows/checksums.ts';
import { type FilledColumns, type FilledValues, readFilledValues, renderLostValues } from './rows/filled-values.ts';
import type { ShadowProject } from './shadow-project.ts';

export interface State {
  readonly catalog: Catalog;
  readonly rows: RowSums;
  readonly filled: readonly FilledValues[];
}

export interface StateOptions {
  /** What does not count. */
  readonly losses: DeclaredLosses;
  /** Columns of which only the values count that were there before. */
  readonly filled: FilledColumns;
  /** Another moment: only its columns count. */
  readonly like?: State | undefined;
}

export async function readState(shadow: ShadowProject, { losses, filled, like }: StateOptions): Promise<State> {
  const { client, own } = shadow;
  const isLost = (table: string, column: string): boolean =>
    losses.isLostColumn(table, column) || filled.get(table)?.has(column) === true;
  const catalog = await shadow.readCatalog();
  const rows = await sumRows(client, { without: own, isLost, like: like?.rows });
  return { catalog, rows, filled: await readFilledValues(client, filled) };
}

/** A line for each table or column whose rows are not what they were. */
export function renderOther(before: State, now: State, losses: DeclaredLosses): string[] {
  return [
    ...renderOtherRows(before.rows, now.rows, table => losses.isLostTable(table)),
    ...renderLostValues(before.filled, now.filled),
  ];
}
