/** Which renames were decided to go in two steps, and which statements of the comparator their plan takes the place of. Pure. */
import type { DatabaseFacts } from '../../catalog/facts.ts';
import type { Operation } from '../../rules/rule.ts';
import { type Change, quoteIdentifier, quoteName, renderName } from '../../statement/change.ts';
import { mentionsColumn } from '../../statement/rename-columns.ts';
import type { Decisions } from '../decisions.ts';
import type { Refusal } from '../judge-migration.ts';
import type { Parts } from '../plan-files.ts';
import type { About } from '../type-change/describe.ts';
import { SYNC_PREFIX, triggersBehind } from '../type-change/move.ts';
import { catalogKey, findParts, nameOfKey, readForeignKeys, renderKey } from '../type-change/parts.ts';
import type { Sides, TypeChangePlan } from '../type-change/plan-type-change.ts';
import { describeColumnRenames } from './describe.ts';
import { planColumnRenames } from './plan-column-renames.ts';
import type { ColumnRename } from './twins.ts';

interface Split {
  /** The statements without those that the plan takes the place of. */
  readonly rest: Parts;
  readonly plan: TypeChangePlan | undefined;
  readonly about?: Record<'expand' | 'contract', About>;
  readonly refusals: readonly Refusal[];
}

export function splitColumnRenames(
  parts: Parts,
  { decisions, facts, sides }: { decisions: Decisions; facts: DatabaseFacts; sides: Sides | undefined },
): Split {
  const renames = sides ? readRenames(decisions, sides) : [];
  if (!sides || renames.length === 0) {
    return { rest: parts, plan: undefined, refusals: [] };
  }
  const refusals = renames.flatMap(rename => refuse(rename, sides));
  if (refusals.length > 0) {
    return { rest: parts, plan: undefined, refusals };
  }
  const without = (operations: readonly Operation[]): Operation[] =>
    operations.filter(({ sql, change }) => !isPartOf(change, sql, renames, sides));
  return {
    rest: {
      expand: { up: without(parts.expand.up), down: without(parts.expand.down) },
      contract: parts.contract,
    },
    plan: planColumnRenames(renames, sides, { version: facts.version }),
    about: describeColumnRenames(renames),
    refusals: [],
  };
}

function readRenames({ renames, inSteps }: Decisions, { before }: Sides): ColumnRename[] {
  return Object.entries(before.tables).flatMap(([key, { columns }]) =>
    Object.keys(columns).flatMap((from): ColumnRename[] => {
      const path = `${renderKey(key)}.${from}`;
      const to = inSteps.has(path) ? renames.get(path) : undefined;
      return to === undefined ? [] : [{ table: nameOfKey(key), from, to }];
    }),
  );
}

function refuse({ table, from, to }: ColumnRename, { before, after }: Sides): Refusal[] {
  const key = catalogKey(table);
  const [old, own] = [before.tables[key]?.columns[from], after.tables[key]?.columns[to]];
  const behind = triggersBehind(before.tables[key])[0];
  const why =
    !old || !own
      ? 'its table is renamed by the same change'
      : old.type !== own.type
        ? `its type changes from ${old.type} to ${own.type} by the same change`
        : old.identity !== '' || own.identity !== ''
          ? 'it is an identity column, which cannot be filled from another one'
          : old.generated !== '' || own.generated !== ''
            ? 'it is a generated column, which no trigger can write'
            : behind && `the trigger "${behind}" would run behind the one that keeps both names the same`;
  if (why === undefined) {
    return [];
  }
  const sql = `alter table ${quoteName(table)} rename column ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`;
  const remedy = [
    why.startsWith('the trigger')
      ? `alter trigger "${behind}" on ${quoteName(table)} rename to a name that sorts in front of "${SYNC_PREFIX}";`
      : 'make one change at a time: first what is not the rename, then the rename;',
    `or in code only: the property gets the new name and .fieldName('${from}'), and nothing is to be migrated`,
  ];
  const happens = `${renderName(table)}.${from} cannot be under two names for a while: ${why}.`;
  const hurts = 'A trigger could not keep both names the same, and writes of one release would be lost for the other.';
  return [{ statement: 1, sql, rule: 'rename-column', verdict: { kind: 'refuse', happens, hurts, remedy } }];
}

/** All that hangs on the column comes with it: its default, its indexes and constraints under the old name and the new. */
function isPartOf(change: Change, sql: string, renames: readonly ColumnRename[], sides: Sides): boolean {
  const isColumn = (column: string): boolean => renames.some(({ from, to }) => column === from || column === to);
  const names = namesOf(renames, sides);
  switch (change.kind) {
    case 'alter column':
      return renames.some(
        ({ table, from, to }) =>
          renderName(table) === renderName(change.table) && (change.column === from || change.column === to),
      );
    case 'comment':
      return (
        change.table !== undefined &&
        names.has(renderName(change.table)) &&
        mentionsAny(sql.split(/\bis\b/i)[0] ?? '', renames, isColumn)
      );
    case 'add constraint':
    case 'drop constraint':
    case 'validate constraint':
    case 'rename constraint':
      return names.get(renderName(change.table))?.has(change.constraint) ?? false;
    case 'create index':
      return names.get(renderName(change.table))?.has(change.index) ?? false;
    case 'drop index':
    case 'rename index':
      return [...names.values()].some(own => own.has(change.index.name));
    default:
      return false;
  }
}

function mentionsAny(sql: string, renames: readonly ColumnRename[], isColumn: (column: string) => boolean): boolean {
  return renames.some(({ from, to }) => [from, to].some(column => isColumn(column) && mentionsColumn(sql, column)));
}

/** Of indexes and constraints, by table. */
function namesOf(renames: readonly ColumnRename[], { before, after }: Sides): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  const add = (table: string, name: string): void => {
    names.set(table, (names.get(table) ?? new Set()).add(name));
  };
  for (const [catalog, side] of [[before, 'from'] as const, [after, 'to'] as const]) {
    const columnsOf = (key: string): string[] =>
      renames.filter(({ table }) => catalogKey(table) === key).map(rename => rename[side]);
    for (const key of new Set(renames.map(({ table }) => catalogKey(table)))) {
      names.set(renderKey(key), names.get(renderKey(key)) ?? new Set());
      const table = catalog.tables[key];
      for (const { name } of table ? Object.values(findParts(table, columnsOf(key))).flat() : []) {
        add(renderKey(key), name);
      }
    }
    for (const { table, parent, columns, references, name } of readForeignKeys(catalog)) {
      if (
        columns.some(column => columnsOf(table).includes(column)) ||
        references.some(column => columnsOf(parent).includes(column))
      ) {
        add(renderKey(table), name);
      }
    }
  }
  return names;
}
