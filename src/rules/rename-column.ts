import { renderName } from '../statement/change.ts';
import { shown } from './alter-table.ts';
import type { Rule } from './rule.ts';

const id = 'rename-column';

/** Instant for PostgreSQL, and the end of every running release that names the column. H44, H47, H49. */
export const renameColumn: Rule = {
  id,
  title: 'A column is not renamed under a release that uses it',
  judge({ change }) {
    if (change.kind !== 'rename column') {
      return undefined;
    }
    const { table, column, to } = change;
    return {
      kind: 'refuse',
      happens: `From the moment of the rename on, ${shown(table)} has no "${column}".`,
      hurts: `Every statement of the running release that names "${column}" fails until the new release is everywhere.`,
      remedy: [
        `say that it is a rename, and not a drop and an add: migrate:create --rename ${renderName(table)}.${column}:${to};`,
        'where no running release uses the table: this statement within assumeSafe, with that reason',
      ],
    };
  },
};
