/** A migration that goes the other way than the one on which it stopped: only the catalog tells what is left to do. Pure. */
import { applyChange } from '../catalog/apply-change.ts';
import { inSchema } from '../catalog/edit-facts.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Operation } from '../rules/rule.ts';
import { type Change, type ChangeOf, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import { isDone } from './already-there.ts';
import type { JudgedStatement } from './judge-migration.ts';
import { begunKeys, standing } from './standing.ts';

/**
 * @param own what it lists on the way that it goes now.
 * @param other on the way on which it stopped.
 * @returns what takes away the things that are made for a while only (`sizes_new`, which is to take the place of `sizes`; the
 * index that becomes a unique constraint), and then of `own` what the catalog does not show as done. Both ways may call two
 * different things by one such name: what is there of it is never taken for done.
 */
export function turnRound(
  own: readonly JudgedStatement[],
  other: readonly JudgedStatement[],
  before: DatabaseFacts,
): readonly JudgedStatement[] {
  const ways = [changesOf(own), changesOf(other), before] as const;
  const there = standing(...ways);
  const begun = new Set(begunKeys(...ways).flatMap(({ index, add }) => [passingName(index), passingName(add)]));
  const made = [...passing(other), ...passing(own)].filter(change => !begun.has(passingName(change)));
  const operations = made.flatMap(change => removal(change, before));
  const isOfStanding = ({ change }: Operation): boolean =>
    change.kind === 'drop index' && there.some(({ index }) => renderName(change.index) === indexOf(index));
  const removals = [...new Map(operations.map(operation => [operation.sql, operation])).values()];
  const first = removals.filter(operation => !isOfStanding(operation));
  // foreign keys may hang on it that `own` drops
  const last = removals.filter(isOfStanding);
  const kept = new Set(there.flatMap(({ changes }) => changes));
  const restored = restoring(own, other, before);
  let facts = first.reduce((known, { change }) => applyChange(known, change), before);
  const left = own.map(statement => ({
    ...statement,
    operations: statement.operations.filter(({ change }) => {
      const isLeft = !kept.has(change) && !isDone(change, facts);
      facts = isLeft ? applyChange(facts, change) : facts;
      return isLeft;
    }),
  }));
  const bounds = changesOf(own).flatMap(change => dropBounds(change, changesOf(other), before));
  return [...first.map(alone), ...restored, ...left, ...[...bounds, ...last].map(alone)];
}

/**
 * What the other way takes away and makes again, such as a check around a change of type, and this way knows nothing of: it is made
 * again as there, and validated.
 */
function restoring(
  own: readonly JudgedStatement[],
  other: readonly JudgedStatement[],
  facts: DatabaseFacts,
): JudgedStatement[] {
  const named = new Set(changesOf(own).flatMap(change => constraintPath(change) ?? []));
  const gone = new Set<string>();
  let known = facts;
  return other.map(statement => ({
    ...statement,
    operations: statement.operations.filter(({ change }) => {
      const path = constraintPath(change);
      if (path === undefined || named.has(path)) {
        return false;
      }
      if (change.kind === 'drop constraint') {
        gone.add(path);
      }
      const isLeft = change.kind !== 'drop constraint' && gone.has(path) && !isDone(change, known);
      known = isLeft ? applyChange(known, change) : known;
      return isLeft;
    }),
  }));
}

/**
 * `detach partition … concurrently` leaves the bounds as a check, which a partition that comes back does not need. What it looks like:
 * https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION
 */
function dropBounds(change: Change, other: readonly Change[], facts: DatabaseFacts): Operation[] {
  if (change.kind !== 'attach partition') {
    return [];
  }
  const table = change.partition;
  const wasDetached = other.some(
    gone => gone.kind === 'detach partition' && renderName(gone.partition) === renderName(table),
  );
  if (!wasDetached) {
    return [];
  }
  // a check that the whole has cannot be dropped of a part
  const { constraints: handedDown = {} } = facts.tables[renderName(change.table)] ?? {};
  const constraints = Object.entries(facts.tables[renderName(table)]?.constraints ?? {});
  return constraints
    .filter(([name]) => !(name in handedDown))
    .filter(([name, { type, expression = '' }]) => {
      return type === 'check' && / IS NOT NULL\)? AND /.test(expression) && /^.+_check\d*$/.test(name);
    })
    .map(([name]) => dropOf({ table, constraint: name }));
}

function constraintPath(change: Change): string | undefined {
  return change.kind === 'add constraint' || change.kind === 'drop constraint' || change.kind === 'validate constraint'
    ? `${renderName(change.table)}.${change.constraint}`
    : undefined;
}

function alone(operation: Operation): JudgedStatement {
  return { sql: operation.sql, operations: [operation] };
}

type Made = ChangeOf<'create index'> | ChangeOf<'add constraint'>;

/** The last made comes first: one may stand on another. */
function passing(statements: readonly JudgedStatement[]): Made[] {
  const changes = changesOf(statements);
  return changes
    .filter((change, at): change is Made => changes.slice(at + 1).some(later => endsName(change, later)))
    .reverse();
}

function changesOf(statements: readonly JudgedStatement[]): Change[] {
  return statements.flatMap(({ operations }) => operations.map(({ change }) => change));
}

/** Whether `later` takes away the name that `made` gives, or makes something else of it. */
function endsName(made: Change, later: Change): boolean {
  if (made.kind === 'create index') {
    return later.kind === 'rename index' || later.kind === 'drop index'
      ? renderName(later.index) === indexOf(made)
      : later.kind === 'add constraint' && isOn(made, later) && later.definition.index === made.index;
  }
  return (
    made.kind === 'add constraint' &&
    (later.kind === 'rename constraint' || later.kind === 'drop constraint') &&
    isOn(made, later) &&
    later.constraint === made.constraint
  );
}

function isOn(made: Made, { table }: Pick<Made, 'table'>): boolean {
  return renderName(table) === renderName(made.table);
}

function indexOf({ table, index }: ChangeOf<'create index'>): string {
  return renderName(inSchema(table, index));
}

/** Its table and name. */
function passingName(made: Made): string {
  return `${renderName(made.table)} ${made.kind === 'create index' ? made.index : made.constraint}`;
}

/** An index that has become a constraint is no longer made for a while. */
function removal(made: Made, facts: DatabaseFacts): Operation[] {
  const table = facts.tables[renderName(made.table)];
  if (made.kind === 'create index') {
    const found = table?.indexes[indexOf(made)];
    const index = inSchema(made.table, made.index);
    const change = { kind: 'drop index', index, concurrently: true, ifExists: true, cascade: false } as const;
    return found && found.constraint === undefined
      ? [{ sql: `drop index concurrently if exists ${quoteName(index)}`, change }]
      : [];
  }
  return table && made.constraint in table.constraints ? [dropOf(made)] : [];
}

function dropOf({ table, constraint }: Pick<ChangeOf<'drop constraint'>, 'table' | 'constraint'>): Operation {
  return {
    sql: `alter table ${quoteName(table)} drop constraint if exists ${quoteIdentifier(constraint)}`,
    change: { kind: 'drop constraint', table, constraint, ifExists: true, cascade: false },
  };
}
