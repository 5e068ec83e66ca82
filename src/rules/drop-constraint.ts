import type { ConstraintFacts } from '../catalog/facts.ts';
import { quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import {
  dropForeignKey,
  dropOneByOne,
  foreignKeysOf,
  foreignKeysOn,
  foreignKeysTo,
  refuseWhileNeeded,
} from './drops.ts';
import { findTable, type Rule, step } from './rule.ts';

const id = 'drop-constraint';

const LOST: Readonly<Record<ConstraintFacts['type'], string>> = {
  'primary key': 'may then hold two rows with the same key',
  unique: 'may then hold the same values twice',
  'foreign key': 'may then hold rows without a parent',
  check: 'may then hold rows that break it',
  exclude: 'may then hold rows that break it',
  'not null': 'may then hold nulls',
};

/** Only the catalog changes; a foreign key locks the table it references too. H28, H50. */
export const dropConstraint: Rule = {
  id,
  title: 'A constraint is dropped by itself; a foreign key locks both tables',
  judge({ sql, change }, context) {
    if (change.kind !== 'drop constraint') {
      return undefined;
    }
    const { table, constraint, ifExists, cascade } = change;
    const key = foreignKeysOf(table, context).find(({ name }) => name === constraint);
    if (key) {
      return dropOneByOne(sql, ifExists && !cascade, [dropForeignKey(key, table, context, id)]);
    }
    const facts = findTable(table, context)?.constraints[constraint];
    const children =
      cascade && facts?.type !== 'check'
        ? foreignKeysTo(table, context)
        : foreignKeysOn(renderName(table), constraint, context);
    if (children.length > 0) {
      return refuseWhileNeeded(`"${constraint}"`, children);
    }
    const drop = step({
      sql: `alter table ${quoteName(table)} drop constraint if exists ${quoteIdentifier(constraint)}`,
      rule: id,
      phase: 'contract',
      locks: locksOn([table], 'ACCESS EXCLUSIVE', context),
      hazards: facts ? [`${shown(table)} ${LOST[facts.type]}.`] : [],
    });
    return dropOneByOne(sql, ifExists && !cascade, [drop]);
  },
};
