/** A new column that must not be null, on a table that has rows: two migrations, so that the old release goes on inserting. Pure. */
import type { Backfill } from '../plan/plan.ts';
import type { Operation } from '../rules/rule.ts';
import { type ChangeOf, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import type { Decisions } from './decisions.ts';

export interface Fill {
  readonly table: string;
  readonly column: string;
  /** `add column if not exists`, nullable, with the value as its default where that is possible. H36. */
  readonly add: string;
  readonly backfill: Backfill;
  readonly notNull: string;
  /** Takes the default away again, which was only for the old release. */
  readonly dropDefault?: string;
  readonly undoAdd: string;
  readonly undoNotNull: readonly string[];
}

/** The columns that a person gave a value for, taken out of `operations`. */
export function splitFills(
  operations: readonly Operation[],
  { fills }: Decisions,
  isConstant: (expression: string) => boolean,
): { rest: Operation[]; fills: Fill[] } {
  const found = operations.flatMap(operation => {
    const { change } = operation;
    const value = change.kind === 'add column' ? fills.get(`${renderName(change.table)}.${change.column}`) : undefined;
    return change.kind === 'add column' && value !== undefined
      ? [{ operation, fill: planFill(change, value, isConstant(value)) }]
      : [];
  });
  const taken = new Set(found.map(({ operation }) => operation));
  return { rest: operations.filter(operation => !taken.has(operation)), fills: found.map(({ fill }) => fill) };
}

function planFill({ table, column, definition }: ChangeOf<'add column'>, value: string, isConstant: boolean): Fill {
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
    undoAdd: `${head} drop column if exists ${name}`,
    undoNotNull: [
      ...(isConstant ? [`${head} alter column ${name} set default ${value}`] : []),
      `${head} alter column ${name} drop not null`,
    ],
  };
}
