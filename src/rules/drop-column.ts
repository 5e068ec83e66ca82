import { type ChangeOf, quoteIdentifier, quoteName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { dropForeignKey, dropOneByOne, foreignKeysOf, refuseWhileNeeded, viewsOver } from './drops.ts';
import { findColumn, findTable, type Rule, type RuleContext, step } from './rule.ts';

const id = 'drop-column';

/**
 * Only the catalog changes, but for every running release that still names the column it is gone: a contract step, decided by a
 * person before. H28, H41, H48, H49.
 */
export const dropColumn: Rule = {
  id,
  title: 'A column is dropped after its foreign keys, and never with what depends on it',
  judge({ sql, change }, context) {
    if (change.kind !== 'drop column') {
      return undefined;
    }
    const { table, column, ifExists, cascade } = change;
    const dependents = viewsOver(findTable(table, context), column);
    if (dependents.length > 0) {
      return refuseWhileNeeded(
        `${shown(table)}, perhaps with "${column}",`,
        dependents.map(name => `"${name}"`),
      );
    }
    const keys = foreignKeysOf(table, context)
      .filter(({ constraint }) => constraint.columns.includes(column))
      .map(key => dropForeignKey(key, table, context, id));
    const drop = step({
      sql: `alter table ${quoteName(table)} drop column if exists ${quoteIdentifier(column)}`,
      rule: id,
      phase: 'contract',
      locks: locksOn([table], 'ACCESS EXCLUSIVE', context),
      hazards: whatIsLost(change, context),
    });
    return dropOneByOne(sql, ifExists && !cascade, [...keys, drop]);
  },
};

function whatIsLost({ table, column }: ChangeOf<'drop column'>, context: RuleContext): string[] {
  const { constraints = {}, indexes = {}, hasRows = true } = findTable(table, context) ?? {};
  const isGenerated = findColumn(table, column, context)?.isGenerated;
  const along = Object.entries({ ...indexes, ...constraints })
    .filter(([, part]) => part.columns.includes(column) && !('type' in part && part.type === 'not null'))
    .map(([name]) => `"${name}"`);
  return [
    ...(hasRows && !isGenerated ? [`The values of ${shown(table)}."${column}" are lost.`] : []),
    ...(along.length > 0 ? [`With it go ${along.join(', ')}.`] : []),
  ];
}
