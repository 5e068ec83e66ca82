/** A constraint or index that changes under its name: the new one comes first, so that there is never a moment without. Pure. */

import type { Operation } from '../rules/rule.ts';
import { type Change, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';

interface Replacement {
  readonly drop: Operation;
  readonly add: Operation;
  readonly name: string;
}

/**
 * MikroORM's comparator drops what changed and adds it again under the same name. H09.
 * @returns the operations without those pairs, and for each pair: the new one under a name of its own, the old one's drop, the rename.
 */
export function splitReplacements(operations: readonly Operation[]): { rest: Operation[]; pairs: Replacement[] } {
  const pairs = operations.flatMap(drop => {
    const key = droppedKey(drop.change);
    const add = key && operations.slice(operations.indexOf(drop)).find(({ change }) => addedKey(change) === key);
    return add ? [{ drop, add, name: key.slice(key.lastIndexOf(' ') + 1) }] : [];
  });
  const paired = new Set(pairs.flatMap(({ drop, add }) => [drop, add]));
  return { rest: operations.filter(operation => !paired.has(operation)), pairs };
}

/** Until it takes over, the new one is called so. PostgreSQL cuts names at 63 bytes. */
export function temporaryName(name: string): string {
  return `${Buffer.from(name)
    .subarray(0, 59)
    .toString()
    .replace(/\uFFFD$/, '')}_new`;
}

/** The same statement with the other name; `sql` names it in quotes, as MikroORM writes it. */
export function withTemporaryName(sql: string, name: string): string {
  return sql.replace(quoteIdentifier(name), quoteIdentifier(temporaryName(name)));
}

/** The statement that gives the new one its name, once the old one is gone. */
export function renameBack({ add, name }: Replacement): string | undefined {
  const [from, to] = [quoteIdentifier(temporaryName(name)), quoteIdentifier(name)];
  switch (add.change.kind) {
    case 'add constraint':
      return `alter table ${quoteName(add.change.table)} rename constraint ${from} to ${to}`;
    case 'create index':
      return `alter index ${from} rename to ${to}`;
    default:
      return undefined;
  }
}

function droppedKey(change: Change): string | undefined {
  switch (change.kind) {
    case 'drop constraint':
      return `${renderName(change.table)} ${change.constraint}`;
    case 'drop index':
      return `index ${renderName(change.index)}`;
    default:
      return undefined;
  }
}

function addedKey(change: Change): string | undefined {
  switch (change.kind) {
    case 'add constraint':
      // a unique or primary key is one with its index: its own rule builds that first
      return change.definition.type === 'check' || change.definition.type === 'foreign key'
        ? `${renderName(change.table)} ${change.constraint}`
        : undefined;
    case 'create index':
      return `index ${renderName({ ...(change.table.schema ? { schema: change.table.schema } : {}), name: change.index })}`;
    default:
      return undefined;
  }
}
