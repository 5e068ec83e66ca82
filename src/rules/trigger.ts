import { type ChangeOf, quoteIdentifier, quoteName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { dropOneByOne, isPlainDrop } from './drops.ts';
import { online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';

const id = 'trigger';

/** Only the catalog changes, but a trigger that is off lets rows pass that nobody looks at again. H64. */
export const trigger: Rule = {
  id,
  title: 'A trigger is created or dropped as it is, and never switched off',
  judge({ sql, change }, context) {
    switch (change.kind) {
      case 'create trigger':
        return online({ sql, rule: id, locks: locksOn([change.table], 'SHARE ROW EXCLUSIVE', context) });
      case 'drop trigger':
        return judgeDrop(sql, change, context);
      case 'alter table':
        return judgeSwitch(sql, change, context);
      default:
        return undefined;
    }
  },
};

function judgeDrop(sql: string, { table, trigger: name }: ChangeOf<'drop trigger'>, context: RuleContext): Verdict {
  const drop = step({
    sql: `drop trigger if exists ${quoteIdentifier(name)} on ${quoteName(table)}`,
    rule: id,
    phase: 'contract',
    locks: locksOn([table], 'ACCESS EXCLUSIVE', context),
    hazards: [`From then on nothing does what "${name}" did for rows of ${shown(table)}.`],
  });
  return dropOneByOne(sql, isPlainDrop(sql), [drop]);
}

function judgeSwitch(
  sql: string,
  { table, command }: ChangeOf<'alter table'>,
  context: RuleContext,
): Verdict | undefined {
  if (/^AT_Enable(?:Always|Replica)?Trig/.test(command)) {
    return online({ sql, rule: id, locks: locksOn([table], 'SHARE ROW EXCLUSIVE', context) });
  }
  return command.startsWith('AT_DisableTrig')
    ? {
        kind: 'refuse',
        happens: `While it is off, rows get into ${shown(table)} without what the trigger does; "all" and the triggers of foreign keys included.`,
        hurts: 'Nobody looks at these rows again: they stay wrong, and a foreign key that reads as valid is not.',
        remedy: [
          'let the trigger tell the rows it is to leave alone by a condition: create or replace trigger … when (…)',
        ],
      }
    : undefined;
}
