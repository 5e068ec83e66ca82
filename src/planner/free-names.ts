/** Indexes that take each other's names. Pure. */
import { inSchema } from '../catalog/edit-facts.ts';
import type { Operation } from '../rules/rule.ts';
import { type ChangeOf, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import { temporaryName } from './replacements.ts';

type Rename = ChangeOf<'rename index'>;

/**
 * The same operations, with the renames of indexes where the first of them was, in an order in which each name is free when it is
 * given; where they go round in a circle, one index has a name of its own for a moment.
 */
export function withFreeNames(operations: readonly Operation[]): readonly Operation[] {
  const renames = operations.filter(isRename);
  if (!renames.some(({ change }) => renames.some(other => renderName(other.change.index) === targetOf(change)))) {
    return operations;
  }
  const ordered = inFreeOrder(renames.map(({ change }) => change)).map(rename);
  return operations.flatMap(operation => (isRename(operation) ? ordered.splice(0) : [operation]));
}

function isRename(operation: Operation): operation is Operation & { readonly change: Rename } {
  return operation.change.kind === 'rename index';
}

function inFreeOrder(renames: readonly Rename[]): Rename[] {
  const [first] = renames;
  if (first === undefined) {
    return [];
  }
  const free = renames.find(change => renames.every(other => renderName(other.index) !== targetOf(change)));
  if (free !== undefined) {
    return [free, ...inFreeOrder(renames.filter(other => other !== free))];
  }
  const passing = temporaryName(first.to);
  const last = { ...first, index: inSchema(first.index, passing) };
  return [{ ...first, to: passing }, ...inFreeOrder([...renames.slice(1), last])];
}

function targetOf({ index, to }: Rename): string {
  return renderName(inSchema(index, to));
}

function rename(change: Rename): Operation {
  return { sql: `alter index ${quoteName(change.index)} rename to ${quoteIdentifier(change.to)}`, change };
}
