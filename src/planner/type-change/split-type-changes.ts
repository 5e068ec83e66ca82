/** Which changes of a type go beside the old column, and which statements of the comparator that takes the place of. Pure. */
import { applyChange } from '../../catalog/apply-change.ts';
import type { DatabaseFacts } from '../../catalog/facts.ts';
import { judge } from '../../rules/index.ts';
import type { Operation } from '../../rules/rule.ts';
import {
  type Change,
  type ChangeOf,
  type ObjectName,
  quoteIdentifier,
  quoteName,
  renderName,
} from '../../statement/change.ts';
import { mentionsColumn } from '../../statement/rename-columns.ts';
import { type Decisions, findUsingBack } from '../decisions.ts';
import type { Refusal } from '../judge-migration.ts';
import type { Parts } from '../operations.ts';
import { convert } from './conversion.ts';
import { type About, describeTypeChanges } from './describe.ts';
import { columnsOf, type EnumKey, findRemade } from './enums.ts';
import { refuseHalfParts } from './half-parts.ts';
import { givenDefaults, isLoosening, loosenFirst } from './loosen.ts';
import type { Sides, TypeChangeRequest } from './move.ts';
import { catalogKey, findParts, readForeignKeys } from './parts.ts';
import { planTypeChanges, type TypeChangePlan } from './plan-type-change.ts';
import { refuseUses, virtualsOf } from './uses.ts';

interface Split {
  /** The statements without those that the plan takes the place of. */
  readonly rest: Parts;
  readonly plan: TypeChangePlan | undefined;
  readonly about?: Record<'expand' | 'contract' | 'cleanup', About>;
  /** What has no online form at all. */
  readonly refusals: readonly Refusal[];
}

interface Context {
  readonly decisions: Decisions;
  readonly facts: DatabaseFacts;
  readonly sides: Sides;
}

type Request = TypeChangeRequest & Pick<Operation, 'sql'>;

/** What PostgreSQL would do in place stays as it is. */
export function splitTypeChanges(
  parts: Parts,
  { sides, ...context }: Omit<Context, 'sides'> & { readonly sides: Sides | undefined },
): Split {
  const renamed = sides ? parts.expand.up.filter(operation => isOfRenamed(operation, { ...context, sides })) : [];
  if (renamed.length > 0) {
    const up = parts.expand.up.filter(operation => !renamed.includes(operation));
    const rest = { ...parts, expand: { ...parts.expand, up } };
    return { rest, plan: undefined, refusals: renamed.map(refuseRenamed) };
  }
  const cast = sides ? parts.expand.up.flatMap(operation => readRequest(operation, { ...context, sides })) : [];
  const remade = sides ? findRemade(sides) : [];
  const all = [...cast, ...(sides ? readRemade(remade, sides, cast) : [])];
  const requests = all.filter(request => !isHandedDown(request, all, context.facts));
  if (!sides || requests.length === 0) {
    return { rest: parts, plan: undefined, refusals: [] };
  }
  const { facts, decisions } = context;
  const { keepOld } = decisions;
  const left = loosenFirst(requests, sides);
  const isTaken = ({ sql, change }: Operation): boolean =>
    (isPartOf(change, sql, all, left) && !isLoosening(change, sides)) || isOfType(change, remade);
  const without = (operations: readonly Operation[]): Operation[] => operations.filter(own => !isTaken(own));
  const refusals = [...refuseUses(requests, facts, sides), ...refuseHalfParts(requests, left)];
  return {
    rest: {
      expand: { up: without(parts.expand.up), down: without(parts.expand.down) },
      contract: parts.contract,
    },
    // the steps of what cannot be done would only be refused once more
    plan:
      refusals.length > 0
        ? undefined
        : withDefaults(
            planTypeChanges(requests, left, { facts, enums: remade, keepOld }),
            givenDefaults(requests, sides.before, left.before),
          ),
    about: describeTypeChanges(requests, sides, { keepOld }),
    refusals,
  };
}

function withDefaults(plan: TypeChangePlan, { up, down }: ReturnType<typeof givenDefaults>): TypeChangePlan {
  const { expand } = plan;
  return { ...plan, expand: { up: [...up, ...expand.up], down: [...expand.down, ...down] } };
}

function readRequest(operation: Operation, { decisions, facts, sides }: Context): Request[] {
  const { change, sql } = operation;
  if (change.kind !== 'alter column' || change.alteration.to !== 'type') {
    return [];
  }
  const { table, column } = change;
  const name = `${renderName(table)}.${column}`;
  const using = decisions.usings.get(name);
  const usingBack = findUsingBack(name, column, decisions);
  const isOnline = judge(operation, { facts, newTables: new Set() }).kind !== 'refuse';
  // no trigger can fill one; where it is computed from a column that changes, it comes back with that
  const isGenerated = facts.tables[renderName(table)]?.columns[column]?.isGenerated;
  return isGenerated || (isOnline && using === undefined) || !isConvertible(change, sides, { using, usingBack })
    ? []
    : [{ table, column, sql, using, usingBack }];
}

/** By the same change, at once: what hangs on the column is known by its old name. */
function isOfRenamed(operation: Operation, { facts, decisions, sides: { before, after } }: Context): boolean {
  const { change } = operation;
  if (change.kind !== 'alter column' || change.alteration.to !== 'type') {
    return false;
  }
  const key = catalogKey(change.table);
  return (
    before.tables[key]?.columns[change.column] === undefined &&
    after.tables[key]?.columns[change.column] !== undefined &&
    judge(operation, { facts: withNewName(facts, change, decisions), newTables: new Set() }).kind === 'refuse'
  );
}

/** As they are once the column, and its table, have their new names: what is in place is so under any. */
function withNewName(
  facts: DatabaseFacts,
  { table, column: to }: Pick<ChangeOf<'alter column'>, 'table' | 'column'>,
  { renames }: Decisions,
): DatabaseFacts {
  const [old] = [...renames].find(([from, name]) => name === renderName(table) && from in facts.tables) ?? [];
  const before =
    old === undefined ? table : { ...table, name: old.slice(renderName(table).length - table.name.length) };
  const moved = old === undefined ? facts : applyChange(facts, { kind: 'rename table', table: before, to: table.name });
  const prefix = `${old ?? renderName(table)}.`;
  const [path] = [...renames].find(([from, name]) => from.startsWith(prefix) && name === to) ?? [];
  const column = path?.slice(prefix.length);
  return column === undefined ? moved : applyChange(moved, { kind: 'rename column', table, column, to });
}

function refuseRenamed({ sql, change }: Operation): Refusal {
  const [table, column] = change.kind === 'alter column' ? [renderName(change.table), change.column] : ['', ''];
  const happens = `${table}.${column} gets its name and another type by the same change, and its table would be written anew for the type.`;
  const hurts = `Every read and write of "${table}" waits until the last row is written.`;
  const remedy = ['make two changes of it: first the new name with the old type, then the new type'];
  return { statement: 1, sql, rule: 'column-type', verdict: { kind: 'refuse', happens, hurts, remedy } };
}

/** A partition has its columns from the table that it is a part of. */
function isHandedDown({ table, column }: Request, all: readonly Request[], { tables }: DatabaseFacts): boolean {
  return (
    tables[renderName(table)]?.kind === 'partition' &&
    all.some(other => other.column === column && tables[renderName(other.table)]?.kind === 'partitioned')
  );
}

/** Columns of an enum that lost values, or has them in another order, go over to a new type of its name. */
function readRemade(types: readonly EnumKey[], sides: Sides, others: readonly Request[]): Request[] {
  const isOther = ({ table, column }: Pick<Request, 'table' | 'column'>): boolean =>
    others.some(other => other.column === column && renderName(other.table) === renderName(table));
  return columnsOf(types, sides)
    .filter(own => !isOther(own))
    .map(({ table, column }) => ({
      table,
      column,
      sql: `alter table ${quoteName(table)} alter column ${quoteIdentifier(column)} type …`,
    }));
}

function isOfType(change: Change, types: readonly EnumKey[]): boolean {
  return change.kind === 'add enum value' && types.includes(catalogKey(change.type));
}

/** Otherwise the statement keeps its refusal, which says what is missing. */
function isConvertible(
  { table, column }: ChangeOf<'alter column'>,
  { before, after }: Sides,
  { using, usingBack }: Pick<TypeChangeRequest, 'using' | 'usingBack'>,
): boolean {
  const [from, to] = [before, after].map(({ tables }) => tables[catalogKey(table)]?.columns[column]?.type);
  if (from === undefined || to === undefined) {
    return false;
  }
  const hasWay = using !== undefined || convert('', { from, to }) !== undefined;
  return hasWay && (usingBack !== undefined || convert('', { from: to, to: from }) !== undefined);
}

/** All that hangs on the column comes with it: its default, its indexes and constraints at both ends of the change. */
function isPartOf(change: Change, sql: string, requests: readonly TypeChangeRequest[], sides: Sides): boolean {
  const names = (table: string): Set<string> => namesOf(table, requests, sides);
  const isRebuilt = (table: ObjectName, column: string): boolean => {
    const own = requests.filter(request => isSame(request.table, table));
    const isThere = Object.values(sides).every(({ tables }) => tables[catalogKey(table)]?.columns[column]);
    return own.length > 0 && isThere && virtualsOf(own, sides).includes(column);
  };
  switch (change.kind) {
    case 'alter column':
      return (
        requests.some(({ table, column }) => column === change.column && isSame(table, change.table)) ||
        isRebuilt(change.table, change.column)
      );
    case 'add column':
    case 'drop column':
      return isRebuilt(change.table, change.column);
    case 'comment':
      return requests.some(
        ({ table, column }) =>
          change.table && isSame(table, change.table) && mentionsColumn(sql.split(/\bis\b/i)[0] ?? '', column),
      );
    case 'add constraint':
    case 'drop constraint':
    case 'validate constraint':
    case 'rename constraint':
      return names(catalogKey(change.table)).has(change.constraint);
    case 'create index':
      return names(catalogKey(change.table)).has(change.index);
    case 'drop index':
      return requests.some(({ table }) => names(catalogKey(table)).has(change.index.name));
    default:
      return false;
  }
}

function isSame(one: { schema?: string; name: string }, other: { schema?: string; name: string }): boolean {
  return renderName(one) === renderName(other);
}

/** Of indexes and constraints of the table that hang on changed columns, before or after. */
function namesOf(key: string, requests: readonly TypeChangeRequest[], { before, after }: Sides): Set<string> {
  const columns = (table: string): string[] =>
    requests.filter(request => catalogKey(request.table) === table).map(({ column }) => column);
  const names = [before, after].flatMap(catalog => {
    const table = catalog.tables[key];
    const requested = requests.filter(request => catalogKey(request.table) === key);
    const virtuals = requested.length > 0 ? virtualsOf(requested, { before, after }) : [];
    const parts = table ? Object.values(findParts(table, [...columns(key), ...virtuals])).flat() : [];
    const foreignKeys = readForeignKeys(catalog).filter(
      own =>
        own.table === key &&
        (own.columns.some(column => columns(key).includes(column)) ||
          own.references.some(column => columns(own.parent).includes(column))),
    );
    return [...parts, ...foreignKeys].map(({ name }) => name);
  });
  return new Set(names);
}
