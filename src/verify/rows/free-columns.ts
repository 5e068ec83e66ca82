/** Values of columns that point to nothing, as SQL over the number of the row. Pure. */
import type { Insert } from './insert.ts';
import type { RowColumn } from './read-tables.ts';
import type { Solved } from './solve-checks.ts';
import { NUMBER, pickLabel, renderValue } from './templates.ts';

/** Every so many rows a column that may be null is. */
export const NULL_EVERY = 7;

/** Columns whose values may be chosen; those of a type that is unknown are left out. */
export function renderFree(
  free: readonly RowColumn[],
  { insert, solved }: { insert: Insert; solved: readonly Solved[] },
): [string, string][] {
  const chosen = new Map<string, string>();
  for (const { columns, values } of solved) {
    for (const [index, column] of columns.entries()) {
      const branches = values.map((tuple, position) => `when ${position} then ${tuple[index]}`);
      chosen.set(column, `case ${NUMBER} % ${values.length} ${branches.join(' ')} end`);
    }
  }
  return free.flatMap(column => {
    const { name, notNull } = column;
    const fixed = chosen.get(name);
    if (fixed !== undefined) {
      return [[name, fixed]];
    }
    const usual = renderUsual(column, insert);
    if (usual === undefined) {
      return [];
    }
    return [[name, notNull ? usual : `case when ${NUMBER} % ${NULL_EVERY} <> 0 then ${usual} end`]];
  });
}

function renderUsual(column: RowColumn, insert: Insert): string | undefined {
  const { name, type } = column;
  const usual = renderLater(column, insert) ?? renderValue({ ...column, label: name }, insert.catalog.types);
  return usual && `(${usual})::${type}`;
}

/** A value of the type that the column has later, where this one can hold it too. */
function renderLater({ name, typeOid }: RowColumn, { catalog, ahead }: Insert): string | undefined {
  const later = ahead.types.get(name);
  const [now, then] = [catalog.types.get(typeOid), later?.types.get(later.column.typeOid)];
  if (!later || !now || !then) {
    return undefined;
  }
  if (now.category === 'S' && then.kind === 'enum') {
    return pickLabel(then.labels);
  }
  // another type of its own may not be there yet
  const value = then.kind === 'base' ? renderValue({ ...later.column, label: name }, later.types) : undefined;
  if (value === undefined || then.category === 'A') {
    return undefined;
  }
  return now.category === 'S' ? `(${value})::text` : now.category === then.category ? value : undefined;
}
