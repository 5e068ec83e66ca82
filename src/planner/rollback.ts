/** The statements that take back what a migration created. Pure. */
import { type Change, type ObjectName, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import type { Statement } from '../statement/read.ts';

/**
 * Plans `down`: tables that `up` creates are dropped in the reverse order, after the foreign keys between them, and without
 * `cascade`, which would take along what others attached to them; then the types that `up` creates. What the comparator
 * planned for the rest stays as it is, in front: it was built upon those tables.
 */
export function planRollback(up: readonly Change[], comparator: readonly Statement[]): string[] {
  const created = up.filter(change => change.kind === 'create table').map(({ table }) => table);
  const types = up.filter(change => change.kind === 'create type').map(({ type }) => type);
  const isNew = nameSet(created);
  const isNewType = nameSet(types);
  const rest = comparator.filter(({ changes }) => !changes.every(change => isPartOf(change, isNew, isNewType)));
  const foreignKeys = up.flatMap(change =>
    change.kind === 'add constraint' &&
    change.type === 'foreign key' &&
    isNew(change.table) &&
    change.references &&
    isNew(change.references) &&
    renderName(change.references) !== renderName(change.table)
      ? [
          `alter table if exists ${quoteName(change.table)} drop constraint if exists ${quoteIdentifier(change.constraint)}`,
        ]
      : [],
  );
  return [
    ...rest.map(({ sql }) => sql),
    ...foreignKeys.reverse(),
    ...created.toReversed().map(table => `drop table if exists ${quoteName(table)}`),
    ...types.toReversed().map(type => `drop type if exists ${quoteName(type)}`),
  ];
}

/** A change that goes by itself when the new tables and types are dropped. */
function isPartOf(
  change: Change,
  isNew: (name: ObjectName) => boolean,
  isNewType: (name: ObjectName) => boolean,
): boolean {
  return change.kind === 'drop type' ? isNewType(change.type) : 'table' in change && isNew(change.table);
}

function nameSet(names: readonly ObjectName[]): (name: ObjectName) => boolean {
  const set = new Set(names.map(renderName));
  return name => set.has(renderName(name));
}
