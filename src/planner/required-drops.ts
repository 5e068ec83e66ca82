/** A column that goes and must not be null: from the release on that does not know it, it may be. Pure. */
import { quoteIdentifier, quoteRendered } from '../statement/change.ts';
import type { Decisions } from './decisions.ts';
import type { PlannedStatement } from './type-change/move.ts';

/** A question asked for their value: only such have both a drop and a fill. */
export function requiredDrops({ drops, fills }: Pick<Decisions, 'drops' | 'fills'>): {
  readonly name: string;
  readonly table: string;
  readonly column: string;
  readonly value: string;
}[] {
  return [...drops].flatMap(name => {
    const value = fills.get(name);
    const dot = name.lastIndexOf('.');
    return value === undefined ? [] : [{ name, table: name.slice(0, dot), column: name.slice(dot + 1), value }];
  });
}

/**
 * Before the drop, which is the contract's, the new release inserts rows without the column. The way back fills what these, and the
 * drop, left without a value.
 */
export function planRequiredDrops(decisions: Decisions): Record<'up' | 'down', readonly PlannedStatement[]> {
  const planned = requiredDrops(decisions).map(({ table: old, column, value }) => {
    const table = decisions.renames.get(old) ?? old;
    const alter = `alter table ${quoteRendered(table)} alter column ${quoteIdentifier(column)}`;
    const where = `${quoteIdentifier(column)} is null`;
    const backfill = { table, set: { [column]: value }, where };
    const fill = `update ${quoteRendered(table)} set ${quoteIdentifier(column)} = ${value} where ${where}`;
    return { relax: `${alter} drop not null`, fill: { sql: fill, backfill }, require: `${alter} set not null` };
  });
  return {
    up: planned.map(({ relax }) => ({ sql: relax })),
    down: planned.toReversed().flatMap(({ fill, require }) => [fill, { sql: require }]),
  };
}
