import { locksOn, shown } from './alter-table.ts';
import { findColumn, online, type Rule } from './rule.ts';

const id = 'column-default';

/** A default counts for rows to come: no row that is there is read or written. H50. */
export const columnDefault: Rule = {
  id,
  title: 'A default is set or dropped as it is',
  judge({ sql, change }, context) {
    if (change.kind !== 'alter column') {
      return undefined;
    }
    const { table, column, alteration } = change;
    const locks = locksOn([table], 'ACCESS EXCLUSIVE', context);
    switch (alteration.to) {
      case 'set default':
        return online({ sql, rule: id, locks });
      case 'drop default': {
        const ends = findColumn(table, column, context)?.notNull ? 'fails' : 'gets null';
        const hazards = [`A release that inserts into ${shown(table)} without "${column}" ${ends} from here on.`];
        return online({ sql, rule: id, locks, hazards });
      }
      default:
        return undefined;
    }
  },
};
