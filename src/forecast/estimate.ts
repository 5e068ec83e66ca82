/** What a step takes in time and on disk, reckoned from sizes. Pure. Figures of speed are from docs/performance.md. */
import type { TableSize } from '../catalog/read-sizes.ts';
import type { Step } from '../plan/plan.ts';
import { type Change, renderName } from '../statement/change.ts';
import type { Estimate, Speed } from './forecast.ts';

/** Rows a second: 2 million rows with four clients at work, in 25 s, and with a trigger on them in 36 s. */
export const BACKFILL_ROWS_PER_SECOND = 60_000;
/** Sorting, writing and waiting: an index on 2 million rows, beside two readings of the table, in 6 s under the same load. */
const INDEX_SECONDS_PER_ROW = 2e-6;
/** Looking up the row that is pointed to. */
const FOREIGN_KEY_SECONDS_PER_ROW = 0.2e-6;
/** A row of an index beside its values: tuple header, line pointer, alignment; and a tenth of each page is left free. */
const INDEX_ROW_BYTES = 16;
const INDEX_FILL = 0.9;
/** Of a column without statistics. */
const UNKNOWN_WIDTH = 16;

export interface EstimateContext {
  readonly tables: Readonly<Record<string, TableSize>>;
  readonly speed: Speed;
  /** 0: as many as there are. */
  readonly maxRowsPerSecond: number;
  /** The tables that a foreign key of a table, by its name, leads to. */
  readonly references: ReadonlyMap<string, string>;
  /** That a backfill has to fill, where the planner can reckon it; all of its table otherwise. */
  readonly rows: number | undefined;
}

/** @param changes those of the step's statement. */
export function estimateStep(
  { backfill, scans }: Pick<Step, 'backfill' | 'scans'>,
  changes: readonly Change[],
  context: EstimateContext,
): Estimate {
  if (backfill) {
    return estimateBackfill(context.tables[backfill.table], context);
  }
  const parts = changes.map(change => estimateChange(change, context)).filter(part => part !== undefined);
  if (parts.length > 0) {
    return {
      durationMs: Math.round(parts.reduce((sum, { durationMs }) => sum + durationMs, 0)),
      from: [...new Set(parts.map(({ from }) => from))].join('; '),
      diskBytes: parts.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
    };
  }
  // what a person holds for safe may do anything; on a table that is empty, or made by the migration, there is nothing to read
  const mayRead = (name: string | undefined): boolean =>
    name === undefined || (context.tables[name] !== undefined && context.tables[name].rows > 0);
  const isUnknown = scans && changes.some(change => mayRead(tableOf(change)));
  return isUnknown ? { diskBytes: 0 } : { durationMs: 0, diskBytes: 0 };
}

function tableOf(change: Change): string | undefined {
  return 'table' in change && change.table ? renderName(change.table) : undefined;
}

function estimateBackfill(table: TableSize | undefined, { maxRowsPerSecond, ...context }: EstimateContext): Estimate {
  const rows = Math.min(context.rows ?? Number.POSITIVE_INFINITY, table?.rows ?? 0);
  if (!table || rows === 0) {
    return { durationMs: 0, diskBytes: 0 };
  }
  const perSecond = Math.min(BACKFILL_ROWS_PER_SECOND, maxRowsPerSecond || Number.POSITIVE_INFINITY);
  const from = `${count(rows)} rows at ${count(perSecond)} a second`;
  // each row is written anew, and so are the entries of the indexes where its page has no room left
  const diskBytes = Math.round((rows / table.rows) * (table.heapBytes + table.indexBytes));
  return { durationMs: Math.round((rows / perSecond) * 1000), from, rows, diskBytes };
}

type Part = Required<Pick<Estimate, 'durationMs' | 'from' | 'diskBytes'>>;

/** @returns undefined for what only writes to the catalog, or is done on a table that is not there yet. */
function estimateChange(change: Change, context: EstimateContext): Part | undefined {
  const name = tableOf(change);
  const table = name === undefined ? undefined : context.tables[name];
  if (!table || name === undefined || table.rows === 0) {
    return undefined;
  }
  switch (change.kind) {
    case 'create index': {
      const diskBytes = estimateIndex(change.columns, table);
      const durationMs = 2 * readMs(table, context) + table.rows * INDEX_SECONDS_PER_ROW * 1000;
      return { durationMs, from: `two readings of ${name}, and sorting`, diskBytes };
    }
    case 'validate constraint': {
      const parent = context.references.get(`${name}.${change.constraint}`);
      const lookups = parent === undefined ? 0 : table.rows * FOREIGN_KEY_SECONDS_PER_ROW * 1000;
      const other = parent === undefined ? undefined : context.tables[parent];
      const durationMs = readMs(table, context) + lookups + (other ? readMs(other, context) : 0);
      return { durationMs, from: `a reading of ${name}${other ? ` and ${parent}` : ''}`, diskBytes: 0 };
    }
    case 'add constraint':
      return change.definition.notValid || change.definition.index
        ? undefined
        : { durationMs: readMs(table, context), from: `a reading of ${name}`, diskBytes: 0 };
    case 'alter column':
      return change.alteration.to === 'type' ? rewrite(name, table, context) : undefined;
    case 'alter table':
      return /SetLogged|SetUnLogged|SetTableSpace|SetAccessMethod/.test(change.command)
        ? rewrite(name, table, context)
        : undefined;
    case 'cluster':
      return rewrite(name, table, context);
    default:
      return undefined;
  }
}

/** Reading it, writing it, and building its indexes anew; what is there stays until the end. */
function rewrite(name: string, table: TableSize, context: EstimateContext): Part {
  const durationMs = 3 * readMs(table, context) + table.rows * INDEX_SECONDS_PER_ROW * 1000;
  return { durationMs, from: `${name} written anew, if its rows have to be`, diskBytes: table.bytes };
}

function readMs({ heapBytes }: TableSize, { speed }: EstimateContext): number {
  return (heapBytes / speed.readBytesPerSecond) * 1000;
}

function estimateIndex(columns: readonly string[], table: TableSize): number {
  const width = columns.reduce((sum, column) => sum + (table.widths[column] ?? UNKNOWN_WIDTH), 0);
  const aligned = Math.ceil((width || UNKNOWN_WIDTH) / 8) * 8;
  return Math.ceil((table.rows * (INDEX_ROW_BYTES + aligned)) / INDEX_FILL);
}

function count(rows: number): string {
  return Math.round(rows).toLocaleString('en-US');
}
