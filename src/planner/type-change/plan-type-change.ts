/** A change of a column's type that would write its table anew, as an expand and a contract that let everybody go on. Pure. */
import type { Catalog, ColumnCatalog } from '../../catalog/catalog.ts';
import type { DatabaseFacts } from '../../catalog/facts.ts';
import { quoteIdentifier } from '../../statement/change.ts';
import { addForeignKeys, affectedForeignKeys, buildShadows, dropSync } from './build.ts';
import { convert, isSameWhereEqual } from './conversion.ts';
import { createTypes, dropTypes, type EnumKey, giveTypeNames, takeTypeNames, withShadowTypes } from './enums.ts';
import { createIndex } from './indexes.ts';
import {
  alterTable,
  type Move,
  type PlannedStatement,
  partsOf,
  type ShadowColumn,
  type Sides,
  shadowName,
  shadowsOf,
  type TableMove,
  type TypeChangeRequest,
} from './move.ts';
import { partitionsOf } from './partitioned.ts';
import { catalogKey, readForeignKeys, renderKey } from './parts.ts';
import { dropForeignKeys, swapAndDrop, swapBeside } from './swap.ts';
import { findViews, virtualsOf } from './uses.ts';

export interface TypeChangePlan {
  readonly expand: Record<'up' | 'down', readonly PlannedStatement[]>;
  readonly contract: Record<'up' | 'down', readonly PlannedStatement[]>;
  /** Where the old columns are kept until later. */
  readonly cleanup?: Record<'up' | 'down', readonly PlannedStatement[]>;
}

interface PlanOptions {
  readonly facts: DatabaseFacts;
  readonly enums?: readonly EnumKey[];
  /** After the swap the old columns stand beside the new ones, filled by a trigger, so that the old release can come back at once. */
  readonly keepOld?: boolean;
}

export function planTypeChanges(
  requests: readonly TypeChangeRequest[],
  sides: Sides,
  { facts, enums = [], keepOld = false }: PlanOptions,
): TypeChangePlan {
  const { before, after } = sides;
  const [goal, start] = [withShadowTypes(after, enums, 'new'), withShadowTypes(before, enums, 'old')];
  const forward = planMove(requests, { suffix: 'new', from: before, goal, sides, facts });
  const backward = planMove(requests, { suffix: 'old', from: after, goal: start, sides, facts });
  const swapThere = inLastSwap(
    inFirstSwap(swapBeside(forward, backward), giveTypeNames(enums, 'old')),
    takeTypeNames(enums, 'new'),
  );
  const swapBack = inLastSwap(
    inFirstSwap(swapBeside(backward, forward), giveTypeNames(enums, 'new')),
    takeTypeNames(enums, 'old'),
  );
  const expand = {
    up: [...createTypes(enums, after, 'new'), ...buildShadows(forward)],
    // all of it is still there in the old columns
    down: [...dropShadows(forward).map(own => ({ ...own, replaces: true as const })), ...dropTypes(enums, 'new')],
  };
  if (keepOld) {
    return {
      expand,
      contract: {
        up: [...swapThere, ...rebuildShadows(backward)],
        down: [...swapBack, ...rebuildShadows(forward)],
      },
      cleanup: {
        up: [...dropShadows(backward), ...dropTypes(enums, 'old')],
        down: [...createTypes(enums, before, 'old'), ...buildShadows(backward)],
      },
    };
  }
  return {
    expand,
    contract: {
      up: inLastSwap(swapAndDrop(forward), [
        ...giveTypeNames(enums, 'old'),
        ...takeTypeNames(enums, 'new'),
        ...dropTypes(enums, 'old').map(({ sql }) => sql),
      ]),
      down: [...createTypes(enums, before, 'old'), ...buildShadows(backward), ...swapBack, ...rebuildShadows(forward)],
    },
  };
}

function inFirstSwap(statements: readonly PlannedStatement[], own: readonly string[]): PlannedStatement[] {
  const at = statements.findIndex(({ swap }) => swap !== undefined);
  return insertSwap(statements, { at, like: statements[at], own });
}

function inLastSwap(statements: readonly PlannedStatement[], own: readonly string[]): PlannedStatement[] {
  const at = statements.findLastIndex(({ swap }) => swap !== undefined);
  return insertSwap(statements, { at: at + 1, like: statements[at], own });
}

function insertSwap(
  statements: readonly PlannedStatement[],
  {
    at,
    like,
    own,
  }: { readonly at: number; readonly like: PlannedStatement | undefined; readonly own: readonly string[] },
): PlannedStatement[] {
  const swap = like?.swap;
  return statements.toSpliced(at, 0, ...own.map(sql => (swap === undefined ? { sql } : { sql, swap })));
}

interface Ends extends Pick<Move, 'suffix' | 'from' | 'goal'> {
  readonly sides: Sides;
  readonly facts: DatabaseFacts;
}

function planMove(requests: readonly TypeChangeRequest[], parts: Ends): Move {
  const { suffix, facts, sides } = parts;
  const byTable = Map.groupBy(requests, ({ table }) => catalogKey(table));
  const tables = [...byTable].flatMap(([key, columns]): TableMove[] => {
    const [from, goal] = [parts.from.tables[key], parts.goal.tables[key]];
    if (!from || !goal) {
      return [];
    }
    const settings = facts.tables[renderKey(key)]?.settings ?? {};
    return [
      {
        key,
        from,
        goal,
        views: findViews(columns, facts, sides),
        virtuals: virtualsOf(columns, sides),
        partitions: partitionsOf(key, parts),
        columns: columns.map(request => ({
          ...planColumn(request, { suffix, from, goal }, key),
          ...planBack(request, { suffix, from, goal }, parts.goal),
          settings: settings[request.column] ?? {},
        })),
      },
    ];
  });
  return { suffix, from: parts.from, goal: parts.goal, tables, version: facts.version };
}

function planColumn(
  { column: name, using, usingBack }: TypeChangeRequest,
  parts: Pick<Move, 'suffix'> & Pick<TableMove, 'from' | 'goal'>,
  key: string,
): Omit<ShadowColumn, 'settings'> {
  const { suffix } = parts;
  const [from, goal] = [parts.from.columns[name], parts.goal.columns[name]] as [ColumnCatalog, ColumnCatalog];
  const given = suffix === 'new' ? using : usingBack;
  const own = quoteIdentifier(name);
  const cast = (row: string): string =>
    convert(row === '' ? own : `${row}.${own}`, { from: from.type, to: goal.type }) ?? '';
  return {
    name,
    shadow: shadowName(name, suffix),
    goal,
    type: goal.type,
    value: given === undefined ? cast : row => rowValue(given, row, key),
    hasValue: `${given === undefined ? own : `(${given})`} is not null`,
    ...(given === undefined && isSameWhereEqual(goal) && from.generated === ''
      ? { isStale: `new.${quoteIdentifier(shadowName(name, suffix))} is distinct from ${cast('new')}` }
      : {}),
  };
}

/** What a foreign key writes into the shadow comes back by a cast; by way of an expression only that it is null. */
function planBack(
  { table, column, using }: TypeChangeRequest,
  { suffix, from, goal }: Pick<Move, 'suffix'> & Pick<TableMove, 'from' | 'goal'>,
  catalog: Catalog,
): Pick<ShadowColumn, 'valueBack' | 'hasDefault'> {
  const key = catalogKey(table);
  const foreignKeys = readForeignKeys(catalog).filter(own => own.table === key && own.columns.includes(column));
  const isWriting = foreignKeys.some(({ definition }) =>
    /\bON (?:UPDATE CASCADE|(?:UPDATE|DELETE) SET)\b/.test(definition),
  );
  const hasDefault =
    goal.columns[column]?.default != null &&
    foreignKeys.some(({ definition }) => /\bON (?:UPDATE|DELETE) SET DEFAULT\b/.test(definition));
  const [old, own] = [from.columns[column]?.type ?? '', goal.columns[column]?.type ?? ''];
  const hasCast = using === undefined && convert('', { from: own, to: old }) !== undefined;
  const valueBack = (row: string): string =>
    convert(`${row}.${quoteIdentifier(shadowName(column, suffix))}`, { from: own, to: old }) ?? '';
  return isWriting ? { valueBack: hasCast ? valueBack : 'null alone', hasDefault } : {};
}

/** In the trigger an expression over columns has a row of one: that which is written. */
function rowValue(expression: string, row: string, key: string): string {
  const table = quoteIdentifier(key.slice(key.indexOf('.') + 1));
  return row === '' ? expression : `(select (${expression}) from (select ${row}.*) as ${table})`;
}

/** Before the contract the way back is short: the old column was the one that counted. */
function dropShadows(move: Move): PlannedStatement[] {
  return [
    ...dropForeignKeys(affectedForeignKeys(move.goal, move), move.suffix),
    ...move.tables.flatMap(table => [
      ...dropSync(table, move.suffix),
      ...table.columns.map(({ shadow }) => ({
        sql: `${alterTable(table.key)} drop column if exists ${quoteIdentifier(shadow)}`,
      })),
    ]),
  ];
}

/** What a swap back could not keep of the shadows: unique indexes that were those of a key, and the foreign keys. */
function rebuildShadows(move: Move): PlannedStatement[] {
  // those of a partitioned table are constraints of their own from the start
  const plain = move.tables.filter(({ partitions = [] }) => partitions.length === 0);
  const indexes = plain.flatMap(table =>
    partsOf(table, table.goal).keys.map(({ name, index }) => ({
      sql: createIndex(index, { table, name: shadowName(name, move.suffix), columns: shadowsOf(table) }),
    })),
  );
  return [...indexes, ...addForeignKeys(move, affectedForeignKeys(move.goal, move))];
}
