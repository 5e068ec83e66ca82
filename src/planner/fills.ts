/**
 * A new column that must not be null, on a table that has rows: two migrations, so that the old release goes on inserting. It does
 * not know the column: not null, and the end of the default that stands in for it, wait until the new one is everywhere. Pure.
 */
import type { Backfill } from '../plan/plan.ts';
import type { Operation } from '../rules/rule.ts';
import {
  type Change,
  type ChangeOf,
  quoteIdentifier,
  quoteName,
  quoteRendered,
  renderName,
} from '../statement/change.ts';
import type { Decisions } from './decisions.ts';
import type { FillValue } from './fill-values.ts';
import type { JudgedStatement } from './judge-migration.ts';
import type { PlannedStatement } from './type-change/move.ts';

export interface Fill {
  readonly table: string;
  readonly column: string;
  /** `add column if not exists`, nullable, with the value as its default where that is possible. H36. */
  readonly add: string;
  readonly backfill: Backfill;
  readonly notNull: string;
  /** Takes the default away again, which was only for the old release. */
  readonly dropDefault?: string;
  readonly undoNotNull: readonly string[];
}

/** The columns that a person gave a value for, taken out of `operations`; one that another is computed from comes before that. */
export function splitFills(
  operations: readonly Operation[],
  { fills }: Decisions,
  values: ReadonlyMap<string, FillValue>,
): { rest: Operation[]; fills: Fill[] } {
  const found = operations.flatMap(operation => {
    const { change } = operation;
    const value = change.kind === 'add column' ? fills.get(`${renderName(change.table)}.${change.column}`) : undefined;
    return change.kind === 'add column' && value !== undefined
      ? [{ operation, fill: readFill(change, value, values.get(value)?.isConstant ?? false) }]
      : [];
  });
  const readsOf = ({ backfill, column }: Fill): readonly string[] =>
    values.get(backfill.set[column] ?? '')?.columns ?? [];
  const taken = new Set(found.map(({ operation }) => operation));
  const own = found.map(({ fill }) => fill);
  return { rest: operations.filter(operation => !taken.has(operation)), fills: inOrderOfReading(own, readsOf) };
}

function inOrderOfReading(fills: readonly Fill[], readsOf: (fill: Fill) => readonly string[]): Fill[] {
  const ordered = new Set<Fill>();
  const visit = (fill: Fill, above: readonly Fill[]): void => {
    const read = fills.filter(({ table, column }) => table === fill.table && readsOf(fill).includes(column));
    for (const first of read.filter(other => other !== fill && !above.includes(other))) {
      visit(first, [...above, fill]);
    }
    ordered.add(fill);
  };
  for (const fill of fills) {
    visit(fill, []);
  }
  return [...ordered];
}

function readFill({ table, column, definition }: ChangeOf<'add column'>, value: string, isConstant: boolean): Fill {
  const head = `alter table ${quoteName(table)}`;
  const name = quoteIdentifier(column);
  const add = `${head} add column if not exists ${name} ${definition.type} null`;
  return {
    table: renderName(table),
    column,
    add: isConstant ? `${add} default ${value}` : add,
    backfill: { table: renderName(table), set: { [column]: value }, where: `${name} is null` },
    notNull: `${head} alter column ${name} set not null`,
    ...(isConstant ? { dropDefault: `${head} alter column ${name} drop default` } : {}),
    undoNotNull: [
      ...(isConstant ? [`${head} alter column ${name} set default ${value}`] : []),
      `${head} alter column ${name} drop not null`,
    ],
  };
}

/** With the column, where no default gives them to the old rows: the new release is not to meet rows without a value. */
export function planFirstFill(fills: readonly Fill[]): PlannedStatement[] {
  return fills.filter(({ dropDefault }) => dropDefault === undefined).map(fillRows);
}

/**
 * A constraint that is there before the backfill refuses each update of a row that breaks it, and an index makes the backfill slow.
 * H21.
 * @returns the statements with the backfills of each table behind its columns, and before its indexes and constraints.
 */
export function withFirstFill(
  statements: readonly JudgedStatement[],
  backfills: readonly JudgedStatement[],
): readonly JudgedStatement[] {
  const byTable = Map.groupBy(backfills, ({ backfill }) => backfill?.table);
  return [...byTable].reduce((placed, [table, own]) => withFillOf(table, own, placed), statements);
}

function withFillOf(
  table: string | undefined,
  backfills: readonly JudgedStatement[],
  statements: readonly JudgedStatement[],
): readonly JudgedStatement[] {
  const has = (kinds: readonly Change['kind'][]) => (statement: JudgedStatement) =>
    statement.operations.some(
      ({ change }) =>
        kinds.includes(change.kind) && 'table' in change && change.table && renderName(change.table) === table,
    );
  const lastColumn = statements.findLastIndex(has(['add column']));
  const first = statements.findIndex(has(['create index', 'add constraint']));
  const at = first < 0 ? statements.length : Math.max(first, lastColumn + 1);
  return [...statements.slice(0, at), ...backfills, ...statements.slice(at)];
}

/** The rows that the old release has written since, then not null. */
export function planFill(fill: Fill): PlannedStatement[] {
  const { notNull, dropDefault } = fill;
  return [fillRows(fill), { sql: notNull }, ...(dropDefault === undefined ? [] : [{ sql: dropDefault }])];
}

function fillRows({ backfill }: Fill): PlannedStatement {
  const assignments = Object.entries(backfill.set).map(([column, value]) => `${quoteIdentifier(column)} = ${value}`);
  const sql = `update ${quoteRendered(backfill.table)} set ${assignments.join(', ')} where ${backfill.where}`;
  return { sql, backfill };
}
