/** A primary key that takes the place of another one, whose columns or order it does not share. Pure. */
import { applyChange } from '../catalog/apply-change.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { constraintName } from '../catalog/generated-names.ts';
import { isProvenNotNull } from '../rules/alter-table.ts';
import type { Operation } from '../rules/rule.ts';
import { indexOfKey } from '../rules/unique-constraint.ts';
import { type ChangeOf, type ObjectName, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import type { UnreadStatement } from './judge-migration.ts';
import { temporaryName } from './replacements.ts';

export interface NewPrimaryKey {
  readonly drop: ChangeOf<'drop constraint'>;
  readonly add: ChangeOf<'add constraint'>;
  /** The statement that adds it. */
  readonly sql: string;
  /** That of the new key. */
  readonly name: string;
}

/** @returns the operations without those that drop a primary key and add another one, and what these come to. */
export function splitPrimaryKeys(
  operations: readonly Operation[],
  facts: DatabaseFacts,
): { readonly rest: readonly Operation[]; readonly keys: readonly NewPrimaryKey[] } {
  const taken = new Set<unknown>();
  const keys = operations.flatMap(({ sql, change: add }) => {
    const found = operations.find(({ change }) => isKeyOf(add, change, facts))?.change;
    if (add.kind !== 'add constraint' || found?.kind !== 'drop constraint') {
      return [];
    }
    taken.add(add).add(found);
    const drop = { ...found, constraint: keyOf(found.table, facts) ?? found.constraint };
    return [{ drop, add, sql, name: constraintName(add.definition, add.table, applyChange(facts, drop)) }];
  });
  return { rest: operations.filter(({ change }) => !taken.has(change)), keys };
}

function keyOf(table: ObjectName, { tables }: DatabaseFacts): string | undefined {
  const constraints = Object.entries(tables[renderName(table)]?.constraints ?? {});
  return constraints.find(([, { type }]) => type === 'primary key')?.[0];
}

/**
 * Whether `drop` drops the primary key of the table to which `add` adds one. MikroORM 7.2 drops it by the name of the new one,
 * which is another where the table has been renamed.
 */
function isKeyOf(add: Operation['change'], drop: Operation['change'], facts: DatabaseFacts): boolean {
  if (add.kind !== 'add constraint' || add.definition.type !== 'primary key' || drop.kind !== 'drop constraint') {
    return false;
  }
  const there = facts.tables[renderName(drop.table)]?.constraints[drop.constraint];
  const name = constraintName(add.definition, add.table, facts);
  const isKey = there === undefined ? drop.constraint === name : there.type === 'primary key';
  return isKey && renderName(drop.table) === renderName(add.table);
}

/** @param facts the database as it is then. Of the new key only the index can be there beside the old key: a table has one primary key. H07, H16. */
export function buildPrimaryKey({ add, sql, name }: NewPrimaryKey, { tables }: DatabaseFacts): UnreadStatement[] {
  const facts = tables[renderName(add.table)];
  const open = add.definition.columns.filter(column => !isProvenNotNull(facts, column));
  return [
    ...open.map(column => ({
      sql: `alter table ${quoteName(add.table)} alter column ${quoteIdentifier(column)} set not null`,
    })),
    { sql: indexOfKey({ sql, change: add }, temporaryName(name)).create },
  ];
}

/** In one transaction, so that no row comes in that neither of the two keys has seen. */
export function swapPrimaryKey({ drop, add, sql, name }: NewPrimaryKey): UnreadStatement[] {
  const index = temporaryName(name);
  const { attributes } = indexOfKey({ sql, change: add }, index);
  const head = `alter table ${quoteName(add.table)}`;
  const using = `primary key using index ${quoteIdentifier(index)} ${attributes}`.trim();
  return [
    `${head} drop constraint if exists ${quoteIdentifier(drop.constraint)}`,
    `${head} add constraint ${quoteIdentifier(name)} ${using}`,
  ].map(statement => ({ sql: statement, swap: renderName(add.table), replaces: true }));
}
