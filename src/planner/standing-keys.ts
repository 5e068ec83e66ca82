/** Keys that a migration replaces, on both of its ways by the same names: which of the two are there, only their columns tell. Pure. */
import { inSchema } from '../catalog/edit-facts.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { type Change, type ChangeOf, renderName } from '../statement/change.ts';

/** A unique index that is built, and what makes it the constraint in the place of another one. */
interface KeyReplacement {
  readonly table: string;
  /** Of the constraint, once it has taken over. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly index: ChangeOf<'create index'>;
  readonly add: ChangeOf<'add constraint'>;
  readonly changes: readonly Change[];
}

/**
 * @param own the changes on the way that a migration goes now. @param other those of the way on which it stopped.
 * @returns of `own` what would replace a key by the very same one: other keys may hang on that by now.
 */
export function standingKeys(own: readonly Change[], other: readonly Change[], facts: DatabaseFacts): KeyReplacement[] {
  return withRivals(own, other).filter(({ table, name, columns }) => {
    const there = facts.tables[table]?.constraints[name];
    return there && isSame(there.columns, columns);
  });
}

/** @returns the keys of which the new index, or the constraint, is there under its passing name, and is that of `own`. */
export function begunKeys(own: readonly Change[], other: readonly Change[], facts: DatabaseFacts): KeyReplacement[] {
  return withRivals(own, other).filter(({ index, add, name, table, columns }) => {
    const { indexes = {}, constraints = {} } = facts.tables[table] ?? {};
    const passing = add.constraint === name ? undefined : constraints[add.constraint];
    const there = passing ?? indexes[renderName(inSchema(index.table, index.index))];
    return there && isSame(there.columns, columns);
  });
}

/** Where the columns are the same on both ways, something else differs that they do not tell. */
function withRivals(own: readonly Change[], other: readonly Change[]): KeyReplacement[] {
  const rivals = keyReplacements(other);
  return keyReplacements(own).filter(({ table, name, columns }) =>
    rivals.some(rival => rival.table === table && rival.name === name && !isSame(rival.columns, columns)),
  );
}

function keyReplacements(changes: readonly Change[]): KeyReplacement[] {
  return changes.flatMap(add => {
    const index = changes.find(change => add.kind === 'add constraint' && isIndexOf(change, add));
    if (add.kind !== 'add constraint' || index?.kind !== 'create index') {
      return [];
    }
    const table = renderName(add.table);
    const onTable = changes.filter(change => 'table' in change && change.table && renderName(change.table) === table);
    const rename = onTable.find(change => change.kind === 'rename constraint' && change.constraint === add.constraint);
    const name = rename?.kind === 'rename constraint' ? rename.to : add.constraint;
    const drop = onTable.find(change => change.kind === 'drop constraint' && change.constraint === name);
    const parts = [index, add, drop, rename].filter(part => part !== undefined);
    return drop ? [{ table, name, columns: index.columns, index, add, changes: parts }] : [];
  });
}

function isIndexOf(change: Change, { table, definition }: ChangeOf<'add constraint'>): boolean {
  return (
    change.kind === 'create index' &&
    change.index === definition.index &&
    renderName(change.table) === renderName(table)
  );
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((column, at) => column === other[at]);
}
