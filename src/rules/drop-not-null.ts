import { locksOn, shown } from './alter-table.ts';
import { online, type Rule } from './rule.ts';

const id = 'drop-not-null';

/** Changes the catalog alone, but loosens what a release may rely on. H50. */
export const dropNotNull: Rule = {
  id,
  title: 'A column may hold null again',
  judge({ sql, change }, context) {
    if (change.kind !== 'alter column' || change.alteration.to !== 'drop not null') {
      return undefined;
    }
    const { table, column } = change;
    return online({
      sql,
      rule: id,
      locks: locksOn([table], 'ACCESS EXCLUSIVE', context),
      hazards: [`A release that takes "${column}" of ${shown(table)} for granted may read null from here on.`],
    });
  },
};
