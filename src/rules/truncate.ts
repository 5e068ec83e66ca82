import { shown } from './alter-table.ts';
import type { Rule } from './rule.ts';

const id = 'truncate';

/** H54. */
export const truncate: Rule = {
  id,
  title: 'A table with rows is not truncated',
  judge({ change }) {
    if (change.kind !== 'truncate') {
      return undefined;
    }
    const names = change.tables.map(shown).join(', ');
    return {
      kind: 'refuse',
      happens: `All rows of ${names} are lost; with "cascade" those of every table that references them too.`,
      hurts: `Every read and write of ${names} waits for an ACCESS EXCLUSIVE lock, and what is lost cannot be got back.`,
      remedy: [
        'delete the rows that may go in small batches, from the application or a job;',
        'where they are meant to go, all at once: this statement within assumeSafe, with that reason',
      ],
    };
  },
};
