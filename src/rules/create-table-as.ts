import { online, type Rule } from './rule.ts';
import { hasWords, isMadeFromQuery, tablesIn } from './words.ts';

const id = 'create-table-as';

/** The new table blocks nobody; the query reads for as long as it takes. H63. */
export const createTableAs: Rule = {
  id,
  title: 'A table is made from a query in a step of its own',
  judge({ sql, change }, context) {
    if (change.kind !== 'create table' || !isMadeFromQuery(sql)) {
      return undefined;
    }
    const fills = !hasWords(sql, 'with no data');
    const locks = tablesIn(sql, context).map(table => ({ table, mode: 'ACCESS SHARE' }) as const);
    const hazards = fills
      ? ['All rows of the query are written in one transaction: look at their number, and at the lag of replicas.']
      : [];
    return online({ sql, rule: id, locks, scans: fills, hazards });
  },
};
