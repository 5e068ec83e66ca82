import type { TableFacts } from '../../catalog/facts.ts';
import type { Backfill } from '../../plan/plan.ts';
import { quoteIdentifier, quoteRendered } from '../../statement/change.ts';

/** The rows of a table as they will be, as an item of `from`. */
export interface Rows {
  readonly from: string;
  /** The place of a row: `ctid`, or the column of a subquery that carries it. */
  readonly place: string;
  readonly columns: readonly string[];
  /** The name that expressions may qualify columns with. */
  readonly alias: string;
  /** The rows as they are, and the columns that differ there. */
  readonly now?: Rows;
  readonly changed: readonly string[];
}

export function rowsOf(table: string, facts: TableFacts): Rows {
  const only = facts.kind === 'partitioned' ? '' : 'only ';
  const alias = quoteIdentifier(table.split('.').at(-1) ?? table);
  return {
    from: `${only}${quoteRendered(table)}`,
    place: 'ctid',
    columns: Object.keys(facts.columns),
    alias,
    changed: [],
  };
}

/** With a column that the migration adds, as it begins. */
export function withColumn(rows: Rows, column: { name: string; type: string; value: string }): Rows {
  const { name, type, value } = column;
  const list = [...rows.columns.map(quoteIdentifier), `cast(${value} as ${type}) as ${quoteIdentifier(name)}`];
  return layer(rows, list, { columns: [...rows.columns, name], changed: [name] });
}

/** As a backfill leaves them. */
export function withFilled(rows: Rows, { set, where }: Pick<Backfill, 'set' | 'where'>): Rows {
  const list = rows.columns.map(name => {
    const [quoted, value] = [quoteIdentifier(name), set[name]];
    return value === undefined ? quoted : `case when (${where}\n) then (${value}\n) else ${quoted} end as ${quoted}`;
  });
  return layer(rows, list, { columns: rows.columns, changed: Object.keys(set) });
}

/** The simplest rows that tell whether `condition` holds: as they are, where it names no column that changes. */
export function rowsFor(rows: Rows, condition: string): Rows {
  const isNamed = (name: string): boolean => condition.includes(name) || condition.includes(quoteIdentifier(name));
  return rows.now && !rows.changed.some(isNamed) ? rows.now : rows;
}

function layer(rows: Rows, list: readonly string[], after: Pick<Rows, 'columns' | 'changed'>): Rows {
  return {
    from: `(select ${rows.place} as "row id", ${list.join(', ')} from ${rows.from}) as ${rows.alias}`,
    place: '"row id"',
    columns: after.columns,
    alias: rows.alias,
    now: rows.now ?? rows,
    changed: [...rows.changed, ...after.changed],
  };
}
