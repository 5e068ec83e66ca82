import { constraintName } from '../catalog/generated-names.ts';
import { quoteIdentifier } from '../statement/change.ts';
import { isNotEnforced, locksOn, readAlterTableText, readConstraintText, shown } from './alter-table.ts';
import { online, type Rule, step } from './rule.ts';

const id = 'check-not-valid';

/** A check is added `not valid`, which reads nothing, and validated under a lock that lets writes go on. H18, H19, H21, H31. */
export const checkNotValid: Rule = {
  id,
  title: 'A check on an existing table is added not valid, then validated',
  judge({ sql, change }, context) {
    if (change.kind !== 'add constraint' || change.definition.type !== 'check') {
      return undefined;
    }
    const { table, definition } = change;
    const locks = locksOn([table], 'ACCESS EXCLUSIVE', context);
    if (isNotEnforced(sql)) {
      const hazards = [`PostgreSQL never checks it: neither the rows of ${shown(table)} nor new ones.`];
      return online({ sql, rule: id, locks, hazards });
    }
    const hazards = [`From here on any update of an old row that breaks it fails, also of another column.`];
    if (definition.notValid) {
      return online({ sql, rule: id, locks, hazards });
    }
    const name = constraintName(definition, table, context.facts);
    const { head } = readAlterTableText(sql, table);
    const constraint = quoteIdentifier(name);
    return {
      kind: 'replace',
      happens: `PostgreSQL reads all of ${shown(table)} under an ACCESS EXCLUSIVE lock to check the rows that are there.`,
      hurts: `Every read and write of ${shown(table)} waits until it has read the last row.`,
      steps: [
        step({
          sql: `${head} add constraint ${constraint} ${readConstraintText(sql, table)} not valid`,
          rule: id,
          locks,
          hazards,
        }),
        step({
          sql: `${head} validate constraint ${constraint}`,
          rule: id,
          locks: locksOn([table], 'SHARE UPDATE EXCLUSIVE', context),
          transactional: false,
          scans: true,
          hazards: [`It fails when a row of ${shown(table)} breaks "${name}"; nothing is changed then.`],
        }),
      ],
    };
  },
};
