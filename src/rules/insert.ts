import type { TableLock } from '../plan/plan.ts';
import type { ObjectName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { locksOn, shown } from './alter-table.ts';
import { foreignKeysOf } from './drops.ts';
import { isNewTable, online, type Rule, type RuleContext } from './rule.ts';
import { hasWrites, indexOfWords, tablesIn } from './words.ts';

const id = 'insert';

/** Rows that are written out are few; those of a query are as many as there are. H59. */
export const insert: Rule = {
  id,
  title: 'Rows that are written out are inserted as they are, those of a query are not',
  judge({ sql, change }, context) {
    if (change.kind !== 'insert') {
      return undefined;
    }
    const { table } = change;
    const query = isFromQuery(sql);
    if (hasWrites(sql) || (query && !isNewTable(table, context))) {
      return {
        kind: 'refuse',
        happens: `The insert writes as many rows into ${shown(table)} as its query gives, in one transaction.`,
        hurts:
          'How long it runs nobody knows; its locks, the burst of write-ahead log and the lag of replicas last as long.',
        remedy: [
          'write the rows out with "values", or end the query with "limit" and a number;',
          'copy many rows in small batches, each a transaction of its own, from the application or a job',
        ],
      };
    }
    return online({ sql, rule: id, phase: 'backfill', locks: locksOf(sql, table, context), scans: query });
  },
};

/** A query without a table gives one row; one with a limit gives no more than that. */
function isFromQuery(sql: string): boolean {
  const tokens = readTokens(sql);
  const reads = indexOfWords(tokens, 'from') >= 0 || indexOfWords(tokens, 'table') >= 0;
  const isSeries = tokens.some(({ word }) => word === 'generate_series');
  const limit = tokens[indexOfWords(tokens, 'limit') + 1]?.text ?? '';
  return (reads || isSeries) && !(indexOfWords(tokens, 'limit') >= 0 && /^\d+$/.test(limit));
}

/** A new row holds on to its parents, so that they do not go before it is committed. */
function locksOf(sql: string, table: ObjectName, context: RuleContext): TableLock[] {
  const own = locksOn([table], 'ROW EXCLUSIVE', context);
  const parents = foreignKeysOf(table, context).map(({ parent }) => parent);
  const kept = locksOn(parents, 'ROW SHARE', context);
  const named = new Set([...own, ...kept].map(lock => lock.table));
  const read = tablesIn(sql, context).filter(name => !named.has(name));
  return [...own, ...kept, ...read.map(name => ({ table: name, mode: 'ACCESS SHARE' }) as const)];
}
