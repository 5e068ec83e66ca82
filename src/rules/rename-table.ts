import { type ObjectName, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import { shown } from './alter-table.ts';
import { findTable, type Rule } from './rule.ts';

const id = 'rename-table';

/** Instant for PostgreSQL, and the end of every running release that names the table. H45, H47. */
export const renameTable: Rule = {
  id,
  title: 'A table is not renamed under a release that uses it',
  judge({ change }, context) {
    if (change.kind !== 'rename table') {
      return undefined;
    }
    const { table, to } = change;
    const kind = findTable(table, context)?.kind;
    return {
      kind: 'refuse',
      happens: `From the moment of the rename on, there is no ${shown(table)}.`,
      hurts: `Every statement of the running release that names ${shown(table)} fails until the new release is everywhere.`,
      remedy: [
        `say that it is a rename, and not a drop and a create: migrate:create --rename ${renderName(table)}:${to};`,
        ...(kind === 'view' || kind === 'materialized view' ? [] : [viewAdvice(table, to)]),
        'where no running release uses it: this statement within assumeSafe, with that reason',
      ],
    };
  },
};

/** PostgreSQL lets a view of one table be written to. https://www.postgresql.org/docs/current/sql-createview.html */
function viewAdvice(table: ObjectName, to: string): string {
  const renamed = quoteName({ ...table, name: to });
  return `or keep the old name alive: rename, and create view ${quoteIdentifier(table.name)} as select * from ${renamed}, in one transaction within assumeSafe;`;
}
