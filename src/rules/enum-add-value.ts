import { renderName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { online, type Rule, step } from './rule.ts';
import { indexOfWords } from './words.ts';

const id = 'enum-add-value';

/**
 * A new value cannot be used in the transaction that adds it, so that it is committed by itself; and PostgreSQL cannot take it
 * back, so that adding it again must be no error. https://www.postgresql.org/docs/current/sql-altertype.html H51.
 */
export const enumAddValue: Rule = {
  id,
  title: 'An enum value is added in a step of its own',
  judge({ sql, change }) {
    if (change.kind !== 'add enum value') {
      return undefined;
    }
    const type = renderName(change.type);
    const parts = {
      rule: id,
      transactional: false,
      hazards: [`PostgreSQL cannot remove '${change.value}' from "${type}" again: down leaves it.`],
    };
    if (change.ifNotExists) {
      return online({ sql, ...parts });
    }
    return {
      kind: 'replace',
      happens: `A second run, after one that stopped half-way or was taken back, finds '${change.value}' already there.`,
      hurts: 'The migration cannot go on, because PostgreSQL cannot remove a value of an enum.',
      steps: [step({ sql: ifNotExists(sql), ...parts })],
    };
  },
};

function ifNotExists(sql: string): string {
  const tokens = readTokens(sql);
  const end = tokens[indexOfWords(tokens, 'add value') + 1]?.end ?? 0;
  return `${sql.slice(0, end)} if not exists${sql.slice(end)}`;
}
