/** A constraint whose name follows that of its table or column gets its new name, and is not built a second time. Pure. */
import type { TableCatalog } from '../../catalog/catalog.ts';
import { renameCatalog } from '../../catalog/rename-catalog.ts';
import type { Operation } from '../../rules/rule.ts';
import { type ChangeOf, type ObjectName, quoteIdentifier, quoteName, renderName } from '../../statement/change.ts';
import type { Decisions } from '../decisions.ts';
import type { Sides } from '../type-change/move.ts';
import { catalogKey } from '../type-change/parts.ts';

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

function findPairs(operations: readonly Operation[], { renames }: Decisions, { before, after }: Sides): Pair[] {
  const renamed = renameCatalog(before, renames);
  const added = operations.flatMap(({ change }) => (change.kind === 'add constraint' ? [change] : []));
  const taken = new Set<ChangeOf<'add constraint'>>();
  return operations.flatMap(({ change }): Pair[] => {
    if (change.kind !== 'drop constraint') {
      return [];
    }
    const old = renamed.tables[catalogKey(change.table)]?.constraints[change.constraint];
    const same = added.find(
      own =>
        !taken.has(own) &&
        renderName(own.table) === renderName(change.table) &&
        isFree(own.constraint, renamed.tables[catalogKey(own.table)]) &&
        isFree(change.constraint, after.tables[catalogKey(own.table)]) &&
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

/** A name that another constraint has on the other side cannot be taken before that one has lost it. */
function isFree(name: string, table: TableCatalog | undefined): boolean {
  return table?.constraints[name] === undefined;
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
