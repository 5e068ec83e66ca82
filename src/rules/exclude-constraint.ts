import type { ChangeOf } from '../statement/change.ts';
import { readConstraintText, shown } from './alter-table.ts';
import type { Rule } from './rule.ts';

const id = 'exclude-constraint';

/** Neither `concurrently` nor `not valid` nor `using index` exists for these. H17. */
export const excludeConstraint: Rule = {
  id,
  title: 'An existing table gets no exclusion constraint',
  judge({ sql, change }) {
    if (change.kind !== 'add constraint' || !excludes(change, sql)) {
      return undefined;
    }
    const table = shown(change.table);
    return {
      kind: 'refuse',
      happens: `PostgreSQL builds the index of the constraint under an ACCESS EXCLUSIVE lock on ${table}.`,
      hurts: `Every read and write of ${table} waits until the index is built.`,
      remedy: [
        `create a new table with the constraint, copy the rows of ${table} to it, and write to both until the new one is used;`,
        `or, where ${table} is small: assumeSafe with the reason, at a time when nobody uses it.`,
      ],
    };
  },
};

/** PostgreSQL 18 builds a key `without overlaps` as an exclusion constraint. */
function excludes({ table, definition }: ChangeOf<'add constraint'>, sql: string): boolean {
  const isKey = definition.type === 'unique' || definition.type === 'primary key';
  return definition.type === 'exclude' || (isKey && /\bwithout\s+overlaps\b/i.test(readConstraintText(sql, table)));
}
