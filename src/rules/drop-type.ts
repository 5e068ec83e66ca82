import { type ObjectName, quoteName, renderName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { dropOneByOne, isPlainDrop, refuseWhileNeeded } from './drops.ts';
import { type Rule, type RuleContext, step } from './rule.ts';

const id = 'drop-type';

/** A type that a column has cannot go; with `cascade` the column would go. H52, H54. */
export const dropType: Rule = {
  id,
  title: 'A type is dropped when no column has it any more',
  judge({ sql, change }, context) {
    if (change.kind !== 'drop type') {
      return undefined;
    }
    const columns = columnsOf(change.type, context);
    if (columns.length > 0) {
      return refuseWhileNeeded(`The type "${renderName(change.type)}"`, columns);
    }
    const what = readTokens(sql)[1]?.word === 'domain' ? 'domain' : 'type';
    const drop = step({ sql: `drop ${what} if exists ${quoteName(change.type)}`, rule: id, phase: 'contract' });
    return dropOneByOne(sql, isPlainDrop(sql), [drop]);
  },
};

/** format_type quotes a name where it must, and leaves the schema out where the search path has it. */
function columnsOf(type: ObjectName, { facts }: RuleContext): string[] {
  const names = [renderName(type), quoteName(type), quoteName({ name: type.name })];
  return Object.entries(facts.tables).flatMap(([table, { columns }]) =>
    Object.entries(columns)
      .filter(([, column]) => names.includes(column.type.replace(/(\[\])+$/, '')))
      .map(([column]) => `"${table}"."${column}"`),
  );
}
