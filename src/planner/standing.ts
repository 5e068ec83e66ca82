/** What a migration replaces, on both of its ways by the same names: which of the two is there, only what it is tells. Pure. */
import { inSchema } from '../catalog/edit-facts.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { type Change, type ChangeOf, type ObjectName, renderName } from '../statement/change.ts';

/** An index that is built, and takes the place of another one or of a constraint, by itself or as a constraint. */
interface Replacement {
  readonly table: string;
  /** Once it has taken over; of a primary key the one for any, since a table has one and may have got another name. */
  readonly name: string;
  readonly index: ChangeOf<'create index'>;
  readonly add?: ChangeOf<'add constraint'>;
  readonly changes: readonly Change[];
}

const PRIMARY_KEY = 'primary key';

type KeyReplacement = Required<Replacement>;

/**
 * @param own the changes on the way that a migration goes now. @param other those of the way on which it stopped.
 * @returns of `own` what would replace something by the very same: other things may hang on that by now, and a name that is taken
 * cannot be given.
 */
export function standing(own: readonly Change[], other: readonly Change[], facts: DatabaseFacts): Replacement[] {
  const rivals = replacements(other);
  return replacements(own).filter(replacement => {
    const { table, name } = replacement;
    const isRival = (rival: Replacement): boolean => rival.table === table && rival.name === name;
    const made = productOf(replacement);
    return isThere(made, name, facts.tables[table]) && rivals.some(own => isRival(own) && productOf(own) !== made);
  });
}

/** @returns the keys of which the new index, or the constraint, is there under its passing name, and is that of `own`. */
export function begunKeys(own: readonly Change[], other: readonly Change[], facts: DatabaseFacts): KeyReplacement[] {
  return withRivals(own, other).filter(({ index, add, name, table }) => {
    const { indexes = {}, constraints = {} } = facts.tables[table] ?? {};
    const isPassing = name !== PRIMARY_KEY && name !== add.constraint;
    const passing = isPassing ? constraints[add.constraint] : undefined;
    const there = passing ?? indexes[renderName(inSchema(index.table, index.index))];
    return there && isSame(there.columns, index.columns);
  });
}

/** Where the columns are the same on both ways, something else differs that they do not tell. */
function withRivals(own: readonly Change[], other: readonly Change[]): KeyReplacement[] {
  const rivals = replacements(other).filter(isOfKey);
  return replacements(own)
    .filter(isOfKey)
    .filter(({ table, name, index }) =>
      rivals.some(rival => rival.table === table && rival.name === name && !isSame(rival.index.columns, index.columns)),
    );
}

function isOfKey(replacement: Replacement): replacement is KeyReplacement {
  return replacement.add !== undefined;
}

function replacements(changes: readonly Change[]): Replacement[] {
  return changes.flatMap(index => {
    if (index.kind !== 'create index') {
      return [];
    }
    const table = renderName(index.table);
    const onTable = changes.filter(change => 'table' in change && change.table && renderName(change.table) === table);
    const add = onTable.find(change => change.kind === 'add constraint' && change.definition.index === index.index);
    const key = add?.kind === 'add constraint' ? add : undefined;
    const rename = changes.find(change =>
      key ? isRenamed(change, table, key.constraint) : isRenamedIndex(change, index),
    );
    const name = rename && 'to' in rename ? String(rename.to) : (key?.constraint ?? index.index);
    const before = key && onTable[onTable.indexOf(key) - 1];
    const isPrimary = key?.definition.type === 'primary key' && before?.kind === 'drop constraint';
    const gone = isPrimary ? before : changes.find(change => isGone(change, index.table, name));
    const parts = [index, key, gone, rename].filter(part => part !== undefined);
    return gone
      ? [{ table, name: isPrimary ? PRIMARY_KEY : name, index, changes: parts, ...(key ? { add: key } : {}) }]
      : [];
  });
}

function isGone(change: Change, table: ObjectName, name: string): boolean {
  return change.kind === 'drop index'
    ? renderName(change.index) === renderName(inSchema(table, name))
    : change.kind === 'drop constraint' && renderName(change.table) === renderName(table) && change.constraint === name;
}

function isRenamed(change: Change, table: string, name: string): boolean {
  return change.kind === 'rename constraint' && renderName(change.table) === table && change.constraint === name;
}

function isRenamedIndex(change: Change, { table, index }: ChangeOf<'create index'>): boolean {
  return change.kind === 'rename index' && renderName(change.index) === renderName(inSchema(table, index));
}

/** As far as the facts tell it: `unique constraint a, b`. */
function productOf({ index, add }: Replacement): string {
  return describe({ isUnique: index.unique, isConstraint: add !== undefined, columns: index.columns });
}

function isThere(product: string, name: string, table: DatabaseFacts['tables'][string] | undefined): boolean {
  const constraints = table?.constraints ?? {};
  const constraint =
    name === PRIMARY_KEY ? Object.values(constraints).find(({ type }) => type === 'primary key') : constraints[name];
  if (constraint?.type === 'unique' || constraint?.type === 'primary key') {
    return describe({ isUnique: true, isConstraint: true, columns: constraint.columns }) === product;
  }
  const [, index] = Object.entries(table?.indexes ?? {}).find(([key]) => key.split('.').at(-1) === name) ?? [];
  return index?.isValid === true && describe({ ...index, isConstraint: false }) === product;
}

function describe({
  isUnique,
  isConstraint,
  columns,
}: {
  readonly isUnique: boolean;
  readonly isConstraint: boolean;
  readonly columns: readonly string[];
}): string {
  return JSON.stringify([isUnique, isConstraint, columns]);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((column, at) => column === other[at]);
}
