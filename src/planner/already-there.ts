/** Whether the result of a statement is in the database before it runs, as after `db:push`. Pure. */
import type { DatabaseFacts } from '../catalog/facts.ts';
import { type Change, type ObjectName, renderName } from '../statement/change.ts';

/**
 * What need not run since the database has its result: all that the changes create, and the validation of it. None as long as
 * one thing is missing, so that nothing half-made is taken for done. Of what takes the name of something that goes before it, a
 * name in the catalog says nothing: it runs.
 */
export function findThere(changes: readonly Change[], facts: DatabaseFacts): ReadonlySet<Change> {
  const first = changes.filter((change, at) => !changes.slice(0, at).some(before => takesPlaceOf(change, before)));
  const creating = first.filter(change => isThere(change, facts) !== undefined);
  return creating.every(change => isThere(change, facts))
    ? new Set(creating.length === 0 ? [] : [...creating, ...first.filter(({ kind }) => kind === 'validate constraint')])
    : new Set();
}

/** Whether a change makes, or validates, what has the name of something that another one takes away. */
function takesPlaceOf(change: Change, gone: Change): boolean {
  switch (gone.kind) {
    case 'drop constraint':
      return (
        (change.kind === 'add constraint' || change.kind === 'validate constraint') &&
        change.constraint === gone.constraint &&
        isSame(change.table, gone.table)
      );
    case 'drop column':
      return change.kind === 'add column' && change.column === gone.column && isSame(change.table, gone.table);
    case 'drop table':
      return change.kind === 'create table' && isSame(change.table, gone.table);
    case 'drop type':
      return change.kind === 'create type' && isSame(change.type, gone.type);
    case 'drop index':
      return change.kind === 'create index' && change.index === gone.index.name;
    default:
      return false;
  }
}

function isSame(one: ObjectName, other: ObjectName): boolean {
  return renderName(one) === renderName(other);
}

/** True for a change that creates something which is there; undefined for one that creates nothing. */
export function isThere(change: Change, facts: DatabaseFacts): boolean | undefined {
  const table = 'table' in change && change.table ? facts.tables[renderName(change.table)] : undefined;
  switch (change.kind) {
    case 'create table':
      return table !== undefined && change.columns.every(({ name }) => name in table.columns);
    case 'add column': {
      const column = table?.columns[change.column];
      return column !== undefined && column.notNull === change.definition.notNull;
    }
    case 'add constraint':
      return change.definition.type === 'not null'
        ? change.definition.columns.every(column => table?.columns[column]?.notNull === true)
        : change.constraint in (table?.constraints ?? {});
    case 'create index':
      // with `if not exists` the runner compares the definition: it runs, and is nothing to do
      return change.ifNotExists ? undefined : table?.indexes[change.index]?.isValid === true;
    case 'create type':
      return renderName(change.type) in facts.types;
    default:
      return undefined;
  }
}

/** True where the catalog shows the result of a change, be it something made or something gone. */
export function isDone(change: Change, facts: DatabaseFacts): boolean {
  return isThere(change, facts) ?? isGone(change, facts);
}

function isGone(change: Change, facts: DatabaseFacts): boolean {
  const table = 'table' in change && change.table ? facts.tables[renderName(change.table)] : undefined;
  switch (change.kind) {
    case 'drop table':
      return table === undefined;
    case 'drop column':
      return table === undefined || !(change.column in table.columns);
    case 'drop constraint':
      return table === undefined || !(change.constraint in table.constraints);
    case 'validate constraint':
      // a not-null constraint may be there under another name
      return table?.constraints[change.constraint]?.isValidated !== false;
    case 'rename column':
      return table !== undefined && !(change.column in table.columns) && change.to in table.columns;
    case 'rename table':
      return table === undefined && renderName({ ...change.table, name: change.to }) in facts.tables;
    case 'rename constraint':
      return table !== undefined && !(change.constraint in table.constraints) && change.to in table.constraints;
    case 'drop index':
      return !(renderName(change.index) in facts.indexes);
    case 'drop type':
      return !(renderName(change.type) in facts.types);
    case 'rename enum value': {
      const labels = facts.types[renderName(change.type)]?.labels ?? [change.value];
      return !labels.includes(change.value) && labels.includes(change.to);
    }
    case 'attach partition':
      return facts.tables[renderName(change.partition)]?.kind === 'partition';
    case 'detach partition':
      return facts.tables[renderName(change.partition)]?.kind !== 'partition';
    default:
      return false;
  }
}
