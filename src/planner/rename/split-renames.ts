/** Which renames were decided to go in two steps, and which statements of the comparator their plan takes the place of. Pure. */
import type { ColumnCatalog } from '../../catalog/catalog.ts';
import type { DatabaseFacts } from '../../catalog/facts.ts';
import type { Operation } from '../../rules/rule.ts';
import { type Change, type ObjectName, quoteIdentifier, quoteName, renderName } from '../../statement/change.ts';
import { mentionsColumn } from '../../statement/rename-columns.ts';
import type { Decisions } from '../decisions.ts';
import type { Refusal } from '../judge-migration.ts';
import type { Parts } from '../operations.ts';
import type { About } from '../type-change/describe.ts';
import { type Sides, SYNC_PREFIX, triggersBehind } from '../type-change/move.ts';
import { catalogKey, findParts, nameOfKey, readForeignKeys, renderKey } from '../type-change/parts.ts';
import type { TypeChangePlan } from '../type-change/plan-type-change.ts';
import { describeColumnRenames } from './describe.ts';
import { planColumnRenames } from './plan-column-renames.ts';
import { type ColumnRename, computedFrom } from './twins.ts';

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
  const reason =
    reasonAgainst({ from, to }, old, own) ?? (behind === undefined ? undefined : runsBehind(table, behind));
  if (reason === undefined) {
    return [];
  }
  const [why, wayOut] = reason;
  const sql = `alter table ${quoteName(table)} rename column ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`;
  const remedy = [
    `${wayOut};`,
    `or in code only: the property gets the new name and .fieldName('${from}'), and nothing is to be migrated`,
  ];
  const happens = `${renderName(table)}.${from} cannot be under two names for a while: ${why}.`;
  const hurts = 'A trigger could not keep both names the same, and writes of one release would be lost for the other.';
  return [{ statement: 1, sql, rule: 'rename-column', verdict: { kind: 'refuse', happens, hurts, remedy } }];
}

type Reason = readonly [why: string, wayOut: string];

const ONE_BY_ONE = 'make one change at a time: first what is not the rename, then the rename';

function reasonAgainst(
  { from, to }: Pick<ColumnRename, 'from' | 'to'>,
  old: ColumnCatalog | undefined,
  own: ColumnCatalog | undefined,
): Reason | undefined {
  if (!old || !own) {
    return ['its table is renamed by the same change', ONE_BY_ONE];
  }
  if (old.type !== own.type) {
    return [`its type changes from ${old.type} to ${own.type} by the same change`, ONE_BY_ONE];
  }
  if (old.identity !== own.identity) {
    return ['how it numbers itself (identity) changes by the same change', ONE_BY_ONE];
  }
  if (old.generated !== own.generated) {
    return ['it is generated on one side of the change only', ONE_BY_ONE];
  }
  switch (old.generated) {
    case 'v':
      return [
        'it is a virtual column, of which nothing is stored that a trigger could write',
        `in two changes, both instant: first the property "${to}" with the same expression beside "${from}", then without "${from}", once no release reads it`,
      ];
    case 's':
      return [
        'it is a stored generated column, which no trigger can write, and a second one would be computed for every row',
        `a virtual column (PostgreSQL 18) or a view has the name "${to}" meanwhile; or at once, where no running release uses "${from}": --rename`,
      ];
    default:
      return undefined;
  }
}

function runsBehind(table: ColumnRename['table'], trigger: string): Reason {
  return [
    `the trigger "${trigger}" would run behind the one that keeps both names the same`,
    `alter trigger "${trigger}" on ${quoteName(table)} rename to a name that sorts in front of "${SYNC_PREFIX}"`,
  ];
}

/** All that hangs on the column comes with it: its default, its indexes and constraints under the old name and the new. */
function isPartOf(change: Change, sql: string, renames: readonly ColumnRename[], sides: Sides): boolean {
  const isColumn = (column: string): boolean => renames.some(({ from, to }) => column === from || column === to);
  const names = namesOf(renames, sides);
  const isRebuilt = (table: ObjectName, column: string): boolean => {
    const own = renames.filter(rename => renderName(rename.table) === renderName(table));
    const key = catalogKey(table);
    return own.length > 0 && computedFrom(own, sides.before.tables[key], sides.after.tables[key]).includes(column);
  };
  switch (change.kind) {
    case 'add column':
    case 'drop column':
      return isRebuilt(change.table, change.column);
    case 'alter column':
      return (
        isRebuilt(change.table, change.column) ||
        renames.some(
          ({ table, from, to }) =>
            renderName(table) === renderName(change.table) && (change.column === from || change.column === to),
        )
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
      const own = renames.filter(rename => catalogKey(rename.table) === key);
      const virtuals = computedFrom(own, before.tables[key], after.tables[key]);
      for (const { name } of table ? Object.values(findParts(table, [...columnsOf(key), ...virtuals])).flat() : []) {
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
