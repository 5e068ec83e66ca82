import { readTokens, textBetween } from '../statement/tokens.ts';
import { online, type Rule } from './rule.ts';
import { hasWords } from './words.ts';

const id = 'domain';

/** A domain's condition is looked up in every table that has a column of it, under SHARE locks. H35. Measured on 15 and 18. */
export const domain: Rule = {
  id,
  title: 'A domain gets no condition that its tables have to be read for',
  judge({ sql, change }) {
    if (change.kind !== 'other' || change.statement !== 'AlterDomainStmt') {
      return undefined;
    }
    const isFree = hasWords(sql, 'not valid') || !['add', 'set not', 'validate'].some(words => hasWords(sql, words));
    if (isFree) {
      return online({ sql, rule: id });
    }
    const tokens = readTokens(sql);
    const name = textBetween(sql, tokens[2], tokens[3]?.text === '.' ? tokens[4] : tokens[2]);
    return {
      kind: 'refuse',
      happens: `PostgreSQL holds a SHARE lock on every table with a column of ${name} while it reads their rows.`,
      hurts: 'Every insert, update and delete on these tables waits until it has read the last row.',
      remedy: [
        'add it not valid: then it holds for new values, and no row is read;',
        'and for the rows that are there: a check on the column of each table, not valid, then validated',
      ],
    };
  },
};
