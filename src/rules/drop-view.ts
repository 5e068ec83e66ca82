import { quoteName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { dropOneByOne, isPlainDrop, refuseWhileNeeded } from './drops.ts';
import { findTable, type Rule, step } from './rule.ts';

const id = 'drop-view';

/** A view holds no rows of its own, but a running release may read it. H48, H54. */
export const dropView: Rule = {
  id,
  title: 'A view is dropped by itself',
  judge({ sql, change }, context) {
    if (change.kind !== 'drop view') {
      return undefined;
    }
    const { view, materialized } = change;
    const dependents = findTable(view, context)?.dependents ?? [];
    if (dependents.length > 0) {
      return refuseWhileNeeded(
        shown(view),
        dependents.map(name => `"${name}"`),
      );
    }
    const drop = step({
      sql: `drop ${materialized ? 'materialized ' : ''}view if exists ${quoteName(view)}`,
      rule: id,
      phase: 'contract',
      locks: findTable(view, context) ? locksOn([view], 'ACCESS EXCLUSIVE', context) : [],
      hazards: [`Every running release that reads ${shown(view)} fails from then on.`],
    });
    return dropOneByOne(sql, isPlainDrop(sql), [drop]);
  },
};
