import { locksOn, shown } from './alter-table.ts';
import { findTable, online, type Rule } from './rule.ts';

const id = 'validate-constraint';

/** Reads the whole table, but under a lock that lets reads and writes go on; never with the `not valid` before it. H19, H25. */
export const validateConstraint: Rule = {
  id,
  title: 'A constraint is validated in a step of its own',
  judge({ sql, change }, context) {
    if (change.kind !== 'validate constraint') {
      return undefined;
    }
    const { table, constraint } = change;
    const own = locksOn([table], 'SHARE UPDATE EXCLUSIVE', context);
    const parent = findTable(table, context)?.constraints[constraint]?.references;
    const isOther = parent !== undefined && parent !== own[0]?.table && !context.newTables.has(parent);
    return online({
      sql,
      rule: id,
      locks: isOther ? [...own, { table: parent, mode: 'ROW SHARE' }] : own,
      transactional: false,
      scans: true,
      hazards: [`It fails when a row of ${shown(table)} breaks "${constraint}"; nothing is changed then.`],
    });
  },
};
