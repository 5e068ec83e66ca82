/** A constraint or index that changes under its name: the new one comes first, so that there is never a moment without. Pure. */

import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Operation } from '../rules/rule.ts';
import {
  type Change,
  type ConstraintType,
  type ObjectName,
  quoteIdentifier,
  quoteName,
  renderName,
} from '../statement/change.ts';

import type { Parts } from './operations.ts';

export interface Replacement {
  readonly drop: Operation;
  readonly add: Operation;
  readonly name: string;
}

/**
 * MikroORM's comparator drops what changed and adds it again under the same name. A unique constraint has its index's name, and may
 * become a plain index, or the other way round. H09.
 * @returns the operations without those pairs, and the pairs.
 */
export function splitReplacements(
  operations: readonly Operation[],
  facts: DatabaseFacts,
): { rest: Operation[]; pairs: Replacement[] } {
  const pairs = operations.flatMap(drop => {
    const gone = dropped(drop.change, facts);
    const later = operations.slice(operations.indexOf(drop));
    const add = later.find(({ change }) => gone.some(one => isSame(added(change), one)));
    return add && gone[0] ? [{ drop, add, name: gone[0].name }] : [];
  });
  const paired = new Set(pairs.flatMap(({ drop, add }) => [drop, add]));
  return { rest: operations.filter(operation => !paired.has(operation)), pairs };
}

/**
 * An index or constraint over a column that goes has the name of one that comes: it goes when that comes, and not with the column, which
 * is the contract's. The way back brings it when the new one goes.
 */
export function withReplacedParts({ expand, contract }: Parts, facts: DatabaseFacts): Parts {
  const isNamed = (names: readonly Named[], { change }: Operation): boolean =>
    names.some(name => isSame(added(change), name));
  const drops = contract.up.filter(({ change }) => expand.up.some(add => isNamed(dropped(change, facts), add)));
  const names = drops.flatMap(({ change }) => dropped(change, facts));
  const backs = contract.down.filter(operation => isNamed(names, operation));
  return {
    expand: { up: [...drops, ...expand.up], down: [...expand.down, ...backs] },
    contract: {
      up: contract.up.filter(operation => !drops.includes(operation)),
      down: contract.down.filter(operation => !backs.includes(operation)),
    },
  };
}

/** A table cannot have two primary keys: see `splitPrimaryKeys`. */
const REPLACED: ReadonlySet<ConstraintType> = new Set(['check', 'foreign key']);

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
  /** A constraint's table, or the schema of an index. */
  readonly of: string | undefined;
  readonly kind: 'constraint' | 'index';
  readonly name: string;
}

function isSame(one: Named | undefined, other: Named): boolean {
  return one?.kind === other.kind && one.of === other.of && one.name === other.name;
}

/** As what it may come back. A unique constraint counts as its index; of a table that is not known it may be one. */
function dropped(change: Change, { tables }: DatabaseFacts): Named[] {
  switch (change.kind) {
    case 'drop constraint': {
      const { table, constraint: name } = change;
      const type = tables[renderName(table)]?.constraints[name]?.type;
      const constraint = { kind: 'constraint', of: renderName(table), name } as const;
      const index = { kind: 'index', of: schemaOf(table), name } as const;
      return type === undefined ? [constraint, index] : [type === 'unique' ? index : constraint];
    }
    case 'drop index':
      return [{ kind: 'index', of: schemaOf(change.index), name: change.index.name }];
    default:
      return [];
  }
}

function added(change: Change): Named | undefined {
  switch (change.kind) {
    case 'add constraint': {
      const { table, constraint: name, definition } = change;
      return definition.type === 'unique'
        ? { kind: 'index', of: schemaOf(table), name }
        : REPLACED.has(definition.type)
          ? { kind: 'constraint', of: renderName(table), name }
          : undefined;
    }
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
