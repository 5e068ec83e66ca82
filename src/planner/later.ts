/** Drops that wait until what comes in their place is there, and the columns behind them. Pure. */
import { inSchema } from '../catalog/edit-facts.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Operation } from '../rules/rule.ts';
import { type Change, changesOf, type ObjectName, renderName } from '../statement/change.ts';
import { mentionsColumn } from '../statement/rename-columns.ts';

/** An index, or a constraint other than a primary key. A unique constraint counts as its index. */
interface Part {
  readonly kind: 'index' | 'check' | 'foreign key';
  readonly table: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** The table to which a foreign key points. */
  readonly parent?: string | undefined;
}

interface LeavingPart extends Part {
  readonly operation: Operation;
}

/**
 * A check under another name, or an index over other columns, comes before the one that goes: never a moment without. H09. A column
 * goes behind its own indexes and constraints, which it would take along under locks that nobody has planned.
 * @param rest those of `all` that have no place yet.
 * @returns those that keep their place, and those that come last, in their order.
 */
export function splitLater(
  rest: readonly Operation[],
  all: readonly Operation[],
  facts: DatabaseFacts,
): { readonly now: readonly Operation[]; readonly later: readonly Operation[] } {
  const changes = all.map(({ change }) => change);
  const leaving = rest.flatMap(operation => partsThatLeave(operation, facts));
  const placed = all
    .filter(operation => !rest.includes(operation))
    .flatMap(operation => partsThatLeave(operation, facts));
  const followed = leaving.filter(part => isFollowed(part, changes));
  const waiting = leaving.filter(part => followed.includes(part) || followed.some(key => key.parent === part.table));
  const columns = rest.filter(operation =>
    waitsFor(
      operation,
      [...placed, ...leaving.filter(part => waiting.includes(part) || isBehind(part.operation, operation, rest))],
      changes,
    ),
  );
  const last = leaving.filter(part => waiting.includes(part) || columns.some(({ change }) => isPartOf(part, change)));
  const [keys, others] = [last.filter(isKey), last.filter(part => !isKey(part))];
  const drops = [...keys, ...others].map(({ operation }) => operation);
  const ends = drops.length > 0 || columns.length > 0 ? rest.filter(({ change }) => isEnd(change, changes)) : [];
  const later = [...drops, ...columns, ...ends];
  return { now: rest.filter(operation => !later.includes(operation)), later };
}

function partsThatLeave(operation: Operation, { tables }: DatabaseFacts): LeavingPart[] {
  const { change } = operation;
  if (change.kind === 'drop constraint') {
    const { constraint: name } = change;
    const table = renderName(change.table);
    const { type, columns = [], references: parent } = tables[table]?.constraints[name] ?? {};
    const kind = type === 'unique' ? 'index' : type;
    return kind === 'index' || kind === 'check' || kind === 'foreign key'
      ? [{ kind, table, name, columns, parent, operation }]
      : [];
  }
  if (change.kind === 'drop index') {
    const rendered = renderName(inSchema(change.index, change.index.name));
    const [table, facts] = Object.entries(tables).find(([, { indexes }]) => rendered in indexes) ?? [];
    // its expressions, its condition and what it includes count too
    const { definition = '' } = facts?.indexes[rendered] ?? {};
    const columns = Object.keys(facts?.columns ?? {}).filter(column => mentionsColumn(definition, column));
    return table === undefined ? [] : [{ kind: 'index', table, name: change.index.name, columns, operation }];
  }
  return [];
}

/** Whether another one comes that may do the same; what is to be under its name, or on a column of another type, must find it gone. */
function isFollowed(part: Part, changes: readonly Change[]): boolean {
  const own = changes.flatMap(partThatComes).filter(({ table }) => table === part.table);
  const isInTheWay = changes.some(
    change =>
      (change.kind === 'alter column' && change.alteration.to === 'type' && isPartOf(part, change)) ||
      (change.kind === 'drop column' && isPartOf(part, change) && comesAgain(change, changes)),
  );
  return (
    !isInTheWay &&
    !own.some(({ name }) => name === part.name) &&
    own.some(({ kind, columns }) => kind === part.kind && (!isKey(part) || `${columns}` === `${part.columns}`))
  );
}

function partThatComes(change: Change): Part[] {
  if (change.kind === 'create index') {
    const { index: name, columns } = change;
    return [{ kind: 'index', table: renderName(change.table), name, columns }];
  }
  if (change.kind === 'add constraint') {
    const { type, columns } = change.definition;
    const kind = type === 'unique' ? 'index' : type;
    return kind === 'index' || kind === 'check' || kind === 'foreign key'
      ? [{ kind, table: renderName(change.table), name: change.constraint, columns }]
      : [];
  }
  return [];
}

/** Whether the operation drops a column of one of `parts`, and none of its name comes. */
function waitsFor({ change }: Operation, parts: readonly Part[], changes: readonly Change[]): boolean {
  return change.kind === 'drop column' && !comesAgain(change, changes) && parts.some(part => isPartOf(part, change));
}

function isPartOf({ table, columns }: Part, change: Change): boolean {
  return (
    (change.kind === 'drop column' || change.kind === 'alter column') &&
    renderName(change.table) === table &&
    columns.includes(change.column)
  );
}

/** Whether a column of its name is added. */
export function comesAgain(
  { table, column }: { table: ObjectName; column: string },
  changes: readonly Change[],
): boolean {
  return changesOf(changes, 'add column').some(
    other => other.column === column && renderName(other.table) === renderName(table),
  );
}

function isBehind(one: Operation, other: Operation, all: readonly Operation[]): boolean {
  return all.indexOf(one) > all.indexOf(other);
}

function isKey({ kind }: Part): boolean {
  return kind === 'foreign key';
}

/** A table or type to which something of the rest may still hold. */
function isEnd(change: Change, changes: readonly Change[]): boolean {
  switch (change.kind) {
    case 'drop table':
      return !changesOf(changes, 'create table').some(({ table }) => renderName(table) === renderName(change.table));
    case 'drop type':
      return !changesOf(changes, 'create type').some(({ type }) => renderName(type) === renderName(change.type));
    default:
      return false;
  }
}
