/** A constraint or index that changes under its name: the new one comes first, so that there is never a moment without. Pure. */

import type { Operation } from '../rules/rule.ts';
import {
  type Change,
  type ConstraintType,
  type ObjectName,
  quoteIdentifier,
  quoteName,
  renderName,
} from '../statement/change.ts';

export interface Replacement {
  readonly drop: Operation;
  readonly add: Operation;
  readonly name: string;
}

/**
 * MikroORM's comparator drops what changed and adds it again under the same name. H09.
 * @returns the operations without those pairs, and the pairs.
 */
export function splitReplacements(operations: readonly Operation[]): { rest: Operation[]; pairs: Replacement[] } {
  const pairs = operations.flatMap(drop => {
    const gone = dropped(drop.change);
    const add = gone && operations.slice(operations.indexOf(drop)).find(({ change }) => isSame(added(change), gone));
    return add ? [{ drop, add, name: gone.name }] : [];
  });
  const paired = new Set(pairs.flatMap(({ drop, add }) => [drop, add]));
  return { rest: operations.filter(operation => !paired.has(operation)), pairs };
}

/** A table cannot have two primary keys: see `splitPrimaryKeys`. */
const REPLACED: ReadonlySet<ConstraintType> = new Set(['check', 'foreign key', 'unique']);

/** Until it takes over, the new one is called so. PostgreSQL cuts names at 63 bytes. */
export function temporaryName(name: string): string {
  return `${cut(name, 59)}_new`;
}

/** The characters that are whole in the first `bytes`. */
function cut(name: string, bytes: number): string {
  return Buffer.from(name)
    .subarray(0, bytes)
    .toString()
    .replace(/\uFFFD$/, '');
}

/** The same statement with the other name. It may have the name in full that PostgreSQL, and `name`, have cut at 63 bytes. */
export function withTemporaryName(sql: string, name: string): string {
  const named = /\b(constraint|index|concurrently|exists)(\s+)("(?:[^"]|"")+"|[\w$]+)/gi;
  return sql.replace(named, (all, word: string, space: string, written: string) => {
    const own = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
    return cut(own, 63) === name ? `${word}${space}${quoteIdentifier(temporaryName(name))}` : all;
  });
}

/** The statement that gives the new one its name, once the old one is gone. */
export function renameBack({ add, name }: Replacement): string | undefined {
  const [from, to] = [quoteIdentifier(temporaryName(name)), quoteIdentifier(name)];
  switch (add.change.kind) {
    case 'add constraint':
      return `alter table ${quoteName(add.change.table)} rename constraint ${from} to ${to}`;
    case 'create index': {
      const { schema } = add.change.table;
      return `alter index ${quoteName({ ...(schema ? { schema } : {}), name: temporaryName(name) })} rename to ${to}`;
    }
    default:
      return undefined;
  }
}

interface Named {
  /** A constraint's table, or an index's schema. */
  readonly of: string | undefined;
  readonly kind: 'constraint' | 'index';
  readonly name: string;
}

function isSame(one: Named | undefined, other: Named): boolean {
  return one?.kind === other.kind && one.of === other.of && one.name === other.name;
}

function dropped(change: Change): Named | undefined {
  switch (change.kind) {
    case 'drop constraint':
      return { kind: 'constraint', of: renderName(change.table), name: change.constraint };
    case 'drop index':
      return { kind: 'index', of: schemaOf(change.index), name: change.index.name };
    default:
      return undefined;
  }
}

function added(change: Change): Named | undefined {
  switch (change.kind) {
    case 'add constraint':
      return REPLACED.has(change.definition.type)
        ? { kind: 'constraint', of: renderName(change.table), name: change.constraint }
        : undefined;
    case 'create index':
      return { kind: 'index', of: schemaOf(change.table), name: change.index };
    default:
      return undefined;
  }
}

/** PostgreSQL prints the default one, MikroORM does not. */
function schemaOf({ schema }: ObjectName): string | undefined {
  return schema === 'public' ? undefined : schema;
}
