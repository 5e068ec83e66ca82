/** Indexes and constraints that hang on a changed column at one end of the change only. Pure. */
import type { TableCatalog } from '../../catalog/catalog.ts';
import { renderName } from '../../statement/change.ts';
import type { Refusal } from '../judge-migration.ts';
import type { Sides, TypeChangeRequest } from './move.ts';
import { catalogKey, findParts } from './parts.ts';

/**
 * What hangs on the column is built beside it, and takes the name when the old one goes with the old column. One of the same name that
 * does not hang on it neither goes with it nor comes with it.
 */
export function refuseHalfParts(
  requests: readonly (TypeChangeRequest & { readonly sql: string })[],
  { before, after }: Sides,
): Refusal[] {
  const byTable = Map.groupBy(requests, ({ table }) => catalogKey(table));
  return [...byTable].flatMap(([key, own]) => {
    const [old, wanted] = [before.tables[key], after.tables[key]];
    const columns = own.map(({ column }) => column);
    const halves = old && wanted ? findHalves(columns, [old, wanted]) : [];
    return own.slice(0, 1).flatMap(request => halves.map(name => refuse(request, name)));
  });
}

/** Names of parts that both ends have, and that are over the columns at one of them. */
function findHalves(columns: readonly string[], [old, wanted]: readonly [TableCatalog, TableCatalog]): string[] {
  const over = (table: TableCatalog): Set<string> =>
    new Set(
      Object.values(findParts(table, columns))
        .flat()
        .map(({ name }) => name),
    );
  const isThere = (name: string): boolean =>
    [old, wanted].every(({ indexes, constraints }) => name in indexes || name in constraints);
  return [...over(old).symmetricDifference(over(wanted))].filter(isThere);
}

function refuse({ table, column, sql }: TypeChangeRequest & { readonly sql: string }, name: string): Refusal {
  const path = `${renderName(table)}.${column}`;
  const happens = `"${name}" is over ${path} before or after the change, not both: it cannot be built beside the old one and take its name.`;
  const hurts = 'It would be missing, or its name taken, when the prepared column takes the place of the old one.';
  const remedy = [`make two changes of it: first the new type of ${path}, then "${name}" as it is to be`];
  return { statement: 1, sql, rule: 'column-type', verdict: { kind: 'refuse', happens, hurts, remedy } };
}
