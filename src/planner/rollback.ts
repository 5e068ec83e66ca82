/** The statements that take back what a migration created. Pure. */
import {
  type Change,
  changesOf,
  type ObjectName,
  quoteIdentifier,
  quoteName,
  renderName,
} from '../statement/change.ts';
import type { Statement } from '../statement/read.ts';

/**
 * Plans `down`: tables that `up` creates are dropped in the reverse order, after the foreign keys between them, and without
 * `cascade`, which would take along what others attached to them; then the types that `up` creates. What the comparator
 * planned for the rest stays as it is, in front: it was built upon those tables.
 */
export function planRollback(up: readonly Change[], comparator: readonly Statement[]): string[] {
  const tables = changesOf(up, 'create table');
  const created = tables.map(({ table }) => table);
  const types = changesOf(up, 'create type').map(({ type }) => type);
  const isNew = nameSet(created);
  const isNewType = nameSet(types);
  const rest = comparator.filter(({ changes }) => !changes.every(change => isPartOf(change, isNew, isNewType)));
  const constraints = [
    ...tables.flatMap(({ table, constraints: own }) => own.map(definition => ({ table, definition }))),
    ...changesOf(up, 'add constraint').filter(({ table }) => isNew(table)),
  ];
  const foreignKeys = constraints.flatMap(({ table, definition: { name, references } }) =>
    references && name && isNew(references.table) && renderName(references.table) !== renderName(table)
      ? [`alter table if exists ${quoteName(table)} drop constraint if exists ${quoteIdentifier(name)}`]
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
  return change.kind === 'drop type'
    ? isNewType(change.type)
    : 'table' in change && change.table !== undefined && isNew(change.table);
}

function nameSet(names: readonly ObjectName[]): (name: ObjectName) => boolean {
  const set = new Set(names.map(renderName));
  return name => set.has(renderName(name));
}
