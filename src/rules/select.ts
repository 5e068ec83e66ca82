import { readTokens } from '../statement/tokens.ts';
import { online, type Rule } from './rule.ts';
import { hasWords, hasWrites, tablesIn } from './words.ts';

const id = 'select';

/** Reading blocks nobody; what looks like reading may still write, or wait. H05. */
export const select: Rule = {
  id,
  title: 'A query runs as it is when it only reads',
  judge({ sql, change }, context) {
    if (change.kind !== 'select') {
      return undefined;
    }
    if (hasWrites(sql) || hasWords(sql, 'into')) {
      return {
        kind: 'refuse',
        happens: 'This select writes: it makes a table with "into", or changes rows in its "with".',
        hurts: 'How many rows it writes nobody knows, and it holds their locks to its end.',
        remedy: ['write what it changes as statements of their own, so that each can be judged'],
      };
    }
    if (readTokens(sql).some(({ word }) => /^pg_advisory_(?:xact_)?lock(?:_shared)?$/.test(word))) {
      return {
        kind: 'refuse',
        happens: 'The select waits for an advisory lock, however long.',
        hurts:
          'Its snapshot stays open meanwhile: a concurrent index build of another session and this wait can deadlock.',
        remedy: ['leave it out: the runner already sees to it that only one migration runs at a time'],
      };
    }
    const mode = locksRows(sql) ? 'ROW SHARE' : 'ACCESS SHARE';
    const locks = tablesIn(sql, context).map(table => ({ table, mode }) as const);
    return online({ sql, rule: id, locks, scans: locks.length > 0 });
  },
};

/** `for update`, `for no key update`, `for share`, `for key share` */
function locksRows(sql: string): boolean {
  return ['for update', 'for no key update', 'for share', 'for key share'].some(words => hasWords(sql, words));
}
