/** A change of a column's type that would write its table anew, as an expand and a contract that let everybody go on. Pure. */
import type { Catalog, ColumnCatalog } from '../../catalog/catalog.ts';
import type { DatabaseFacts } from '../../catalog/facts.ts';
import { type ObjectName, quoteIdentifier } from '../../statement/change.ts';
import { addForeignKeys, affectedForeignKeys, buildShadows, createIndex, dropSync } from './build.ts';
import { convert } from './conversion.ts';
import {
  alterTable,
  type Move,
  type PlannedStatement,
  type ShadowColumn,
  shadowName,
  shadowsOf,
  type TableMove,
} from './move.ts';
import { catalogKey, renderKey } from './parts.ts';
import { dropForeignKeys, partsOf, swapAndDrop, swapBack } from './swap.ts';
import { findViews } from './uses.ts';

export interface TypeChangeRequest {
  readonly table: ObjectName;
  readonly column: string;
  /** SQL over the row, where a cast will not do. */
  readonly using?: string | undefined;
  readonly usingBack?: string | undefined;
}

export interface Sides {
  /** What the migrations make, and what the entities describe, as PostgreSQL keeps it. */
  readonly before: Catalog;
  readonly after: Catalog;
}

export interface TypeChangePlan {
  readonly expand: Record<'up' | 'down', readonly PlannedStatement[]>;
  readonly contract: Record<'up' | 'down', readonly PlannedStatement[]>;
}

export function planTypeChanges(
  requests: readonly TypeChangeRequest[],
  sides: Sides,
  facts: DatabaseFacts,
): TypeChangePlan {
  const { before, after } = sides;
  const forward = planMove(requests, { suffix: 'new', from: before, goal: after, sides, facts });
  const backward = planMove(requests, { suffix: 'old', from: after, goal: before, sides, facts });
  return {
    expand: { up: buildShadows(forward), down: dropShadows(forward) },
    contract: {
      up: swapAndDrop(forward),
      down: [...buildShadows(backward), ...swapBack(backward, forward), ...rebuildShadows(forward)],
    },
  };
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
        columns: columns.map(request => ({
          ...planColumn(request, { suffix, from, goal }, key),
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
  };
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
  const indexes = move.tables.flatMap(table =>
    partsOf(table, table.goal).keys.map(({ name, index }) => ({
      sql: createIndex(index, { table, name: shadowName(name, move.suffix), columns: shadowsOf(table) }),
    })),
  );
  return [...indexes, ...addForeignKeys(move, affectedForeignKeys(move.goal, move))];
}
