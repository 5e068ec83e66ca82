import type { Change, ObjectName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { locksOn, shown } from './alter-table.ts';
import { isNewTable, online, type Rule, type RuleContext, type Verdict } from './rule.ts';
import { indexOfWords, locksOnNamed, parentsOf, readObjectName } from './words.ts';

const id = 'inherit';

/** Only the catalog changes, but every query of the parent reads the child too. Locks measured on 15 and 18. */
export const inherit: Rule = {
  id,
  title: 'A table inherits from another as it is',
  judge({ sql, change }, context) {
    if (change.kind === 'create table') {
      return judgeCreate(sql, change.constraints, context);
    }
    if (change.kind !== 'alter table' || !['AT_AddInherit', 'AT_DropInherit'].includes(change.command)) {
      return undefined;
    }
    const tokens = readTokens(sql);
    const parent = readObjectName(tokens.slice(indexOfWords(tokens, 'inherit') + 1));
    const isAdded = change.command === 'AT_AddInherit';
    const others = locksOnNamed([parent], isAdded ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS SHARE', context);
    const locks = [...locksOn([change.table], 'ACCESS EXCLUSIVE', context), ...others];
    return online({ sql, rule: id, locks, hazards: [readsAlong([parent], { isAdded })] });
  },
};

function judgeCreate(
  sql: string,
  constraints: Extract<Change, { kind: 'create table' }>['constraints'],
  context: RuleContext,
): Verdict | undefined {
  const parents = parentsOf(sql);
  if (parents.length === 0) {
    return undefined;
  }
  const isBusy = constraints.some(({ references }) => references && !isNewTable(references.table, context));
  return isBusy
    ? {
        kind: 'refuse',
        happens: 'The foreign key locks the table it references until the transaction of the create table ends.',
        hurts: 'Every insert, update and delete on it waits until then.',
        remedy: ['leave the foreign key out here, and add it in a statement of its own'],
      }
    : online({
        sql,
        rule: id,
        locks: locksOnNamed(parents, 'SHARE UPDATE EXCLUSIVE', context),
        hazards: [readsAlong(parents, { isAdded: true })],
      });
}

function readsAlong(parents: readonly ObjectName[], { isAdded }: { isAdded: boolean }): string {
  const names = parents.map(shown).join(', ');
  return isAdded
    ? `Every query of ${names} reads its rows too from then on.`
    : `No query of ${names} reads its rows any more.`;
}
