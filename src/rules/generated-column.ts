import { locksOn, shown } from './alter-table.ts';
import { online, type Rule } from './rule.ts';

const id = 'generated-column';

/** Another expression makes PostgreSQL compute a stored column anew for every row. H34. */
export const generatedColumn: Rule = {
  id,
  title: 'A generated column of an existing table keeps its expression',
  judge({ sql, change }, context) {
    if (change.kind !== 'alter column') {
      return undefined;
    }
    const { table, column, alteration } = change;
    switch (alteration.to) {
      case 'drop expression': {
        const hazards = [
          `From here on ${shown(table)} keeps the "${column}" it has; new rows get none unless it is given.`,
        ];
        return online({ sql, rule: id, locks: locksOn([table], 'ACCESS EXCLUSIVE', context), hazards });
      }
      case 'set generated':
        return {
          kind: 'refuse',
          happens: `PostgreSQL writes all of ${shown(table)} anew under an ACCESS EXCLUSIVE lock to compute "${column}" for each row.`,
          hurts: `Every read and write of ${shown(table)} waits until the last row is written.`,
          remedy: [
            'add a column of another name with the new expression in the way that add-column shows, and let the application read that;',
            `then drop "${column}"`,
          ],
        };
      default:
        return undefined;
    }
  },
};
