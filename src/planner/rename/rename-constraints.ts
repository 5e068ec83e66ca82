/** A constraint whose name follows that of its table or column gets its new name, and is not built a second time. Pure. */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Operation } from '../../rules/rule.ts';
import { type ChangeOf, type ObjectName, quoteIdentifier, quoteName, renderName } from '../../statement/change.ts';
import { renameColumns } from '../../statement/rename-columns.ts';
import type { Decisions } from '../decisions.ts';
import { catalogKey, renderKey } from '../type-change/parts.ts';
import type { Sides } from '../type-change/plan-type-change.ts';

/**
 * MikroORM's comparator drops it and adds it again: a moment without it, and another look at every row. Where both have the same
 * definition, but for names that were decided to change, one rename takes the place of the two.
 */
export function renameConstraints(
  { up, down }: Readonly<Record<'up' | 'down', readonly Operation[]>>,
  decisions: Decisions,
  sides: Sides | undefined,
): Record<'up' | 'down', readonly Operation[]> {
  if (!sides || decisions.renames.size === 0) {
    return { up, down };
  }
  const pairs = findPairs(up, decisions, sides);
  return {
    up: replace(up, pairs, ({ from, to }) => [from, to]),
    down: replace(down, pairs, ({ from, to }) => [to, from]),
  };
}

interface Pair {
  readonly table: ObjectName;
  readonly from: string;
  readonly to: string;
}

function findPairs(operations: readonly Operation[], decisions: Decisions, { before, after }: Sides): Pair[] {
  const added = operations.flatMap(({ change }) => (change.kind === 'add constraint' ? [change] : []));
  const taken = new Set<ChangeOf<'add constraint'>>();
  return operations.flatMap(({ change }): Pair[] => {
    if (change.kind !== 'drop constraint') {
      return [];
    }
    const old = oldDefinition(change, decisions, before);
    const same = added.find(
      own =>
        !taken.has(own) &&
        renderName(own.table) === renderName(change.table) &&
        own.constraint !== change.constraint &&
        old !== undefined &&
        after.tables[catalogKey(own.table)]?.constraints[own.constraint] === old,
    );
    if (!same) {
      return [];
    }
    taken.add(same);
    return [{ table: change.table, from: change.constraint, to: same.constraint }];
  });
}

/** As it reads once everything has the names that were decided. */
function oldDefinition(
  { table, constraint }: ChangeOf<'drop constraint'>,
  { renames }: Decisions,
  { tables }: Catalog,
): string | undefined {
  const key = Object.keys(tables).find(own => newKey(own, renames) === catalogKey(table));
  const definition = key === undefined ? undefined : tables[key]?.constraints[constraint];
  if (key === undefined || definition === undefined) {
    return undefined;
  }
  const at = definition.indexOf(' REFERENCES ');
  const own = columnsOf(key, renames);
  if (at < 0) {
    return renameColumns(definition, own);
  }
  const [open, close] = [definition.indexOf('(', at), definition.indexOf(')', at)];
  const written = definition.slice(at + ' REFERENCES '.length, open).replaceAll('"', '');
  const parent = written.includes('.') ? written : `public.${written}`;
  const to = renderKey(newKey(parent, renames));
  const name = to === renderKey(parent) ? definition.slice(at, open) : ` REFERENCES ${asPrinted(to)}`;
  const references = renameColumns(definition.slice(open, close), columnsOf(parent, renames));
  return `${renameColumns(definition.slice(0, at), own)}${name}${references}${definition.slice(close)}`;
}

function newKey(key: string, renames: Decisions['renames']): string {
  const to = renames.get(renderKey(key));
  return to === undefined ? key : `${key.slice(0, key.indexOf('.'))}.${to}`;
}

function columnsOf(key: string, renames: Decisions['renames']): Map<string, string> {
  const prefix = `${renderKey(key)}.`;
  return new Map(
    [...renames].flatMap(([name, to]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), to] as const] : [])),
  );
}

/** PostgreSQL quotes a name that is not plain and in small letters. */
function asPrinted(name: string): string {
  return name
    .split('.')
    .map(part => (/^[a-z_][a-z0-9_$]*$/.test(part) ? part : quoteIdentifier(part)))
    .join('.');
}

function replace(
  operations: readonly Operation[],
  pairs: readonly Pair[],
  direction: (pair: Pair) => readonly [string, string],
): Operation[] {
  const isOf = (change: Operation['change'], pair: Pair, name: string): boolean =>
    'constraint' in change && 'table' in change && renderName(change.table) === renderName(pair.table)
      ? change.constraint === name
      : false;
  return operations.flatMap((operation): Operation[] => {
    const { change } = operation;
    const dropped = pairs.find(pair => change.kind === 'drop constraint' && isOf(change, pair, direction(pair)[0]));
    if (dropped) {
      const [from, to] = direction(dropped);
      const { table } = dropped;
      const sql = `alter table ${quoteName(table)} rename constraint ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`;
      return [{ sql, change: { kind: 'rename constraint', table, constraint: from, to } }];
    }
    const isAdded = pairs.some(pair => change.kind === 'add constraint' && isOf(change, pair, direction(pair)[1]));
    return isAdded ? [] : [operation];
  });
}
