/** The conditions that a new row has to satisfy, now and later. */
import type { Queryable } from '../../catalog/queryable.ts';
import { quoteIdentifier } from '../../statement/change.ts';
import type { Insert } from './insert.ts';
import { boundsOf, type RowCatalog, type RowCheck, type RowTable } from './read-tables.ts';

/** Its own, and of later ones those that can be asked already. */
export async function readChecks(client: Queryable, { table, catalog, ahead }: Insert): Promise<RowCheck[]> {
  const own = [...table.checks, ...boundsOf(table), ...domainChecks(table, catalog)];
  const known = new Set(own.map(({ expression }) => expression));
  const names = new Set(table.columns.map(({ name }) => name));
  const later = ahead.checks.filter(
    ({ expression, columns }) => !known.has(expression) && columns.every(name => names.has(name)),
  );
  const asked: RowCheck[] = [];
  for (const check of later) {
    const ask = client.query(`select from ${table.quoted} where ${check.expression} limit 0`);
    asked.push(...(await ask.then(() => [check]).catch(() => [])));
  }
  return [...own, ...asked];
}

/** The checks of a domain, over the column instead of VALUE. */
function domainChecks({ columns }: RowTable, { types }: RowCatalog): RowCheck[] {
  return columns.flatMap(({ name, typeOid }) => {
    const type = types.get(typeOid);
    const conditions = type?.kind === 'domain' ? type.checks : [];
    return conditions.map(expression => ({
      name: type?.name ?? '',
      expression: expression.replaceAll(/\bVALUE\b/g, quoteIdentifier(name)),
      columns: [name],
    }));
  });
}
