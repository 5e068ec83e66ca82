/** Which changes of a type go beside the old column, and which statements of the comparator that takes the place of. Pure. */
import type { DatabaseFacts } from '../../catalog/facts.ts';
import { judge } from '../../rules/index.ts';
import type { Operation } from '../../rules/rule.ts';
import { type Change, type ChangeOf, renderName } from '../../statement/change.ts';
import { mentionsColumn } from '../../statement/rename-columns.ts';
import type { Decisions } from '../decisions.ts';
import type { Parts } from '../plan-files.ts';
import { convert } from './conversion.ts';
import { type About, describeTypeChanges } from './describe.ts';
import { catalogKey, findParts, readForeignKeys } from './parts.ts';
import { planTypeChanges, type Sides, type TypeChangePlan, type TypeChangeRequest } from './plan-type-change.ts';

interface Split {
  /** The statements without those that the plan takes the place of. */
  readonly rest: Parts;
  readonly plan: TypeChangePlan | undefined;
  readonly about?: Record<'expand' | 'contract', About>;
}

/** What PostgreSQL would do in place stays as it is. */
export function splitTypeChanges(
  parts: Parts,
  { facts, sides }: { readonly decisions: Decisions; readonly facts: DatabaseFacts; readonly sides: Sides | undefined },
): Split {
  const requests = sides ? parts.expand.up.flatMap(operation => readRequest(operation, facts, sides)) : [];
  if (!sides || requests.length === 0) {
    return { rest: parts, plan: undefined };
  }
  const isTaken = ({ sql, change }: Operation): boolean => isPartOf(change, sql, requests, sides);
  const without = (operations: readonly Operation[]): Operation[] => operations.filter(own => !isTaken(own));
  return {
    rest: {
      expand: { up: without(parts.expand.up), down: without(parts.expand.down) },
      contract: parts.contract,
    },
    plan: planTypeChanges(requests, sides, { version: facts.version }),
    about: describeTypeChanges(requests, sides),
  };
}

function readRequest(operation: Operation, facts: DatabaseFacts, sides: Sides): TypeChangeRequest[] {
  const { change } = operation;
  if (change.kind !== 'alter column' || change.alteration.to !== 'type') {
    return [];
  }
  const isOnline = judge(operation, { facts, newTables: new Set() }).kind !== 'refuse';
  return isOnline || !hasCast(change, sides) ? [] : [{ table: change.table, column: change.column }];
}

/** Without one the statement keeps its refusal, which says what is missing. */
function hasCast({ table, column }: ChangeOf<'alter column'>, { before, after }: Sides): boolean {
  const [from, to] = [before, after].map(({ tables }) => tables[catalogKey(table)]?.columns[column]?.type);
  return from !== undefined && to !== undefined && convert('', { from, to }) !== undefined;
}

/** All that hangs on the column comes with it: its default, its indexes and constraints at both ends of the change. */
function isPartOf(change: Change, sql: string, requests: readonly TypeChangeRequest[], sides: Sides): boolean {
  const names = (table: string): Set<string> => namesOf(table, requests, sides);
  switch (change.kind) {
    case 'alter column':
      return requests.some(({ table, column }) => column === change.column && isSame(table, change.table));
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
    const parts = table ? Object.values(findParts(table, columns(key))).flat() : [];
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
