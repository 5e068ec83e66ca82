import { quoteIdentifier, quoteName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { locksOn, shown } from './alter-table.ts';
import { dropOneByOne, isPlainDrop } from './drops.ts';
import { online, type Rule, step } from './rule.ts';
import { indexOfWords, locksOnNamed, readObjectName } from './words.ts';

const id = 'policy';

/** What each says of the rows that others see. */
const COMMANDS: Readonly<Record<string, (name: string) => string>> = {
  AT_EnableRowSecurity: name =>
    `Without a policy nobody but the owner sees a row of ${name} from that moment on: create the policies first.`,
  AT_DisableRowSecurity: name => `Whoever may read ${name} sees all of its rows from that moment on.`,
  AT_ForceRowSecurity: name => `The policies hold for the owner of ${name} too from that moment on.`,
  AT_NoForceRowSecurity: name => `The owner of ${name} sees all of its rows from that moment on.`,
};

/** Only the catalog changes, but who sees which rows changes at once. H75. */
export const policy: Rule = {
  id,
  title: 'Policies and row security change as they are, in an order that hides nothing by accident',
  judge({ sql, change }, context) {
    switch (change.kind) {
      case 'create policy':
        return online({ sql, rule: id, locks: locksOn([change.table], 'ACCESS EXCLUSIVE', context) });
      case 'drop policy': {
        const drop = step({
          sql: `drop policy if exists ${quoteIdentifier(change.policy)} on ${quoteName(change.table)}`,
          rule: id,
          phase: 'contract',
          locks: locksOn([change.table], 'ACCESS EXCLUSIVE', context),
          hazards: [`Rows of ${shown(change.table)} that no other policy shows are hidden from that moment on.`],
        });
        return dropOneByOne(sql, isPlainDrop(sql), [drop]);
      }
      case 'alter table': {
        const hazard = COMMANDS[change.command];
        const locks = locksOn([change.table], 'ACCESS EXCLUSIVE', context);
        return hazard && online({ sql, rule: id, locks, hazards: [hazard(shown(change.table))] });
      }
      case 'other': {
        const tokens = readTokens(sql);
        const table = readObjectName(tokens.slice(indexOfWords(tokens, 'on') + 1));
        const locks = locksOnNamed([table], 'ACCESS EXCLUSIVE', context);
        return change.statement === 'AlterPolicyStmt' ? online({ sql, rule: id, locks }) : undefined;
      }
      default:
        return undefined;
    }
  },
};
