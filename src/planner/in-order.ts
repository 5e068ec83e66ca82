/** The comparator's operations in the order in which the new comes before the old goes. Pure. */
import { applyChange } from '../catalog/apply-change.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Operation } from '../rules/rule.ts';
import { type ObjectName, renderName } from '../statement/change.ts';
import type { JudgedStatement, UnreadStatement } from './judge-migration.ts';
import { operationsOf } from './operations.ts';
import { buildPrimaryKey, splitPrimaryKeys, swapPrimaryKey } from './primary-keys.ts';
import { type Replacement, renameBack, splitReplacements, withTemporaryName } from './replacements.ts';

/**
 * @param facts the database before them.
 * @returns the same operations; what takes the place of another is there before that one goes: never a moment without. H09.
 */
export async function inOrder(operations: readonly Operation[], facts: DatabaseFacts): Promise<JudgedStatement[]> {
  const { rest: withoutKeys, keys } = splitPrimaryKeys(operations, facts);
  const { rest, pairs } = splitReplacements(withoutKeys);
  const [uniques, plainPairs] = partition(pairs, isUnique);
  const parents = new Set([...keys.map(({ add }) => add), ...uniques.flatMap(tablesOf)].map(tableName));
  const [pointing, notPointing] = partition(rest, operation => pointsTo(parents, operation));
  const [unpointing, others] = partition(notPointing, operation => pointedTo(parents, operation, facts));
  const [opening, early] = partition(others, operation => parents.size > 0 && opens(operation));
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
  return [pair.drop.sql, renameBack(pair) ?? ''].map(sql => ({ sql, replaces: true }));
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
