import { locksOn } from './alter-table.ts';
import { online, type Rule } from './rule.ts';

const id = 'comment';

/** A comment lets reads and writes go on; it only waits for an index build, a validation or a vacuum of the same table. */
export const comment: Rule = {
  id,
  title: 'A comment is set as it is',
  judge({ sql, change }, context) {
    if (change.kind !== 'comment') {
      return undefined;
    }
    return online({
      sql,
      rule: id,
      locks: locksOn(change.table ? [change.table] : [], 'SHARE UPDATE EXCLUSIVE', context),
    });
  },
};
