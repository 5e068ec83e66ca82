import { shown } from './alter-table.ts';
import type { Rule } from './rule.ts';

const id = 'lock-table';

/** Each step takes the locks that it needs, for as long as it needs them. H55, H56. */
export const lockTable: Rule = {
  id,
  title: 'A migration locks no table by hand',
  judge({ change }) {
    if (change.kind !== 'lock table') {
      return undefined;
    }
    const names = change.tables.map(shown).join(', ');
    return {
      kind: 'refuse',
      happens: `The lock on ${names} is held to the end of the transaction, and so longer than any statement needs it.`,
      hurts: `Reads and writes of ${names} that do not go with it wait until then.`,
      remedy: ['leave it out: PostgreSQL takes the locks that a statement needs, and each step is a short transaction'],
    };
  },
};
