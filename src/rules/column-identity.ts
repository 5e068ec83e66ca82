import { quoteIdentifier, quoteName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { online, type Rule } from './rule.ts';

const id = 'column-identity';

/** Turning a column into one that numbers itself, or back, changes the catalog alone: it has its values already. H32. */
export const columnIdentity: Rule = {
  id,
  title: 'A column that is there becomes an identity column, or stops being one, as it is',
  judge({ sql, change }, context) {
    if (change.kind !== 'alter column') {
      return undefined;
    }
    const { table, column, alteration } = change;
    const locks = locksOn([table], 'ACCESS EXCLUSIVE', context);
    switch (alteration.to) {
      case 'add identity': {
        const [on, name] = [quoteName(table), quoteIdentifier(column)];
        const hazards = [
          `Numbers begin at 1 unless it says "start with": they must lie behind those of ${on}.${name}, or inserts fail.`,
        ];
        return online({ sql, rule: id, locks, hazards });
      }
      case 'drop identity': {
        const hazards = [`A release that inserts into ${shown(table)} without "${column}" fails from here on.`];
        return online({ sql, rule: id, locks, hazards });
      }
      default:
        return undefined;
    }
  },
};
