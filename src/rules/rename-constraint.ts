import { locksOn } from './alter-table.ts';
import { online, type Rule } from './rule.ts';

const id = 'rename-constraint';

/** Only the catalog changes. H46. */
export const renameConstraint: Rule = {
  id,
  title: 'A constraint is renamed as it is',
  judge({ sql, change }, context) {
    if (change.kind !== 'rename constraint') {
      return undefined;
    }
    const { table, constraint } = change;
    const hazards = [
      `A release that looks for "${constraint}" in an error message, or in "on conflict", no longer finds it.`,
    ];
    return online({ sql, rule: id, locks: locksOn([table], 'ACCESS EXCLUSIVE', context), hazards });
  },
};
