/** The comparator's operations in the order in which the new comes before the old goes. Pure. */
import { applyChange } from '../catalog/apply-change.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Operation } from '../rules/rule.ts';
import { changesOf, type ObjectName, renderName } from '../statement/change.ts';
import { withFreeNames } from './free-names.ts';
import type { JudgedStatement, UnreadStatement } from './judge-migration.ts';
import { comesAgain, splitLater } from './later.ts';
import { operationsOf } from './operations.ts';
import { buildPrimaryKey, splitPrimaryKeys, swapPrimaryKey } from './primary-keys.ts';
import { type Replacement, renameBack, splitReplacements, withTemporaryName } from './replacements.ts';

/**
 * @param facts the database before them.
 * @param given the operations. @returns the same ones; what takes the place of another is there before that one goes: never a moment without. H09.
 */
export async function inOrder(given: readonly Operation[], facts: DatabaseFacts): Promise<JudgedStatement[]> {
  const operations = withFreeNames(withComputedFirst(given, facts));
  const { rest: withoutKeys, keys } = splitPrimaryKeys(operations, facts);
  const { rest, pairs } = splitReplacements(withoutKeys, facts);
  const [uniques, plainPairs] = partition(pairs, isUnique);
  const parents = new Set([...keys.map(({ add }) => add), ...uniques.flatMap(tablesOf)].map(tableName));
  const [pointing, notPointing] = partition(rest, operation => pointsTo(parents, operation));
  const [unpointing, leaving] = partition(notPointing, operation => pointedTo(parents, operation, facts));
  const { now: others, later } = splitLater(leaving, operations, facts);
  const [opening, closed] = partition(others, operation => parents.size > 0 && opens(operation));
  const early = withIndexesFirst(closed);
  const before = early.reduce((known, { change }) => applyChange(known, change), facts);
  const planned: UnreadStatement[] = [
    ...early.map(plain),
    ...keys.flatMap(key => buildPrimaryKey(key, before)),
    ...uniques.map(addUnderOtherName),
    ...pointing.map(plain),
    ...unpointing.map(plain),
    ...plainPairs.flatMap(pair => [addUnderOtherName(pair), ...takeOver(pair)]),
    ...keys.flatMap(swapPrimaryKey),
    ...uniques.flatMap(takeOver),
    ...opening.map(plain),
    ...later.map(plain),
  ];
  return Promise.all(
    planned
      .filter(({ sql }) => sql !== '')
      .map(async statement => ({ ...statement, operations: await operationsOf(statement.sql) })),
  );
}

function partition<T>(all: readonly T[], isOne: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isOne), all.filter(one => !isOne(one))];
}

function plain({ sql }: { readonly sql: string }): UnreadStatement {
  return { sql };
}

function addUnderOtherName({ add, name }: Replacement): UnreadStatement {
  return { sql: withTemporaryName(add.sql, name) };
}

function takeOver(pair: Replacement): UnreadStatement[] {
  const rename = { sql: renameBack(pair) ?? '', replaces: true } as const;
  // an index in the place of a unique constraint does not do what that did
  const isLess = pair.drop.change.kind === 'drop constraint' && pair.add.change.kind === 'create index';
  return [isLess ? plain(pair.drop) : { sql: pair.drop.sql, replaces: true }, rename];
}

function isUnique({ add: { change } }: Replacement): boolean {
  return change.kind === 'add constraint' && change.definition.type === 'unique';
}

function tablesOf({ add: { change } }: Replacement): { readonly table: ObjectName }[] {
  return change.kind === 'add constraint' ? [change] : [];
}

function tableName({ table }: { readonly table: ObjectName }): string {
  return renderName(table);
}

/** A column that is computed from others goes before these. */
function withComputedFirst(operations: readonly Operation[], { tables }: DatabaseFacts): readonly Operation[] {
  const changes = operations.map(({ change }) => change);
  const isDrop = ({ change }: Operation): boolean => change.kind === 'drop column' && !comesAgain(change, changes);
  const [computed, others] = partition(
    operations.filter(isDrop),
    ({ change }) =>
      change.kind === 'drop column' && tables[renderName(change.table)]?.columns[change.column]?.isGenerated === true,
  );
  const drops = [...computed, ...others];
  return operations.map(operation => (isDrop(operation) ? (drops.shift() ?? operation) : operation));
}

/** The index behind a foreign key is there before it, where the change brings one. H25. A table that is new has no rows to look up. */
function withIndexesFirst(operations: readonly Operation[]): readonly Operation[] {
  const created = new Set(
    changesOf(
      operations.map(({ change }) => change),
      'create table',
    ).map(tableName),
  );
  const keys = operations.filter(operation => isForeignKey(operation) && !created.has(tableOf(operation) ?? ''));
  const waiting = keys.flatMap(key => {
    const last = operations.findLastIndex(
      other => other.change.kind === 'create index' && tableOf(other) === tableOf(key),
    );
    return last > operations.indexOf(key) ? [{ key, last }] : [];
  });
  return operations.flatMap((operation, at) => [
    ...(waiting.some(({ key }) => key === operation) ? [] : [operation]),
    ...waiting.flatMap(({ key, last }) => (last === at ? [key] : [])),
  ]);
}

function isForeignKey({ change }: Operation): boolean {
  return change.kind === 'add constraint' && change.definition.type === 'foreign key';
}

function tableOf({ change }: Operation): string | undefined {
  return change.kind === 'add constraint' || change.kind === 'create index' ? renderName(change.table) : undefined;
}

/** A foreign key waits for the new key of the table, which may be the one that it wants. */
function pointsTo(parents: ReadonlySet<string>, { change }: Operation): boolean {
  const parent = change.kind === 'add constraint' ? change.definition.references?.table : undefined;
  return parent !== undefined && parents.has(renderName(parent));
}

/** The foreign key to the old key goes once the one to the new key is there. */
function pointedTo(parents: ReadonlySet<string>, { change }: Operation, { tables }: DatabaseFacts): boolean {
  const facts =
    change.kind === 'drop constraint' ? tables[renderName(change.table)]?.constraints[change.constraint] : undefined;
  return facts?.references !== undefined && parents.has(facts.references);
}

/** A primary key keeps its columns not null until it goes, and a column takes its foreign keys along. */
function opens({ change }: Operation): boolean {
  return change.kind === 'drop column' || (change.kind === 'alter column' && change.alteration.to === 'drop not null');
}
