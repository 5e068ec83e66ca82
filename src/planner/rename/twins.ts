/** A column under its old and its new name, and the trigger that keeps both the same. Pure. */
import type { ColumnCatalog, TableCatalog } from '../../catalog/catalog.ts';
import { type ObjectName, quoteIdentifier } from '../../statement/change.ts';
import type { Move, Sides, TableMove } from '../type-change/move.ts';
import { catalogKey } from '../type-change/parts.ts';
import { findVirtuals } from '../type-change/virtuals.ts';

export interface ColumnRename {
  readonly table: ObjectName;
  readonly from: string;
  readonly to: string;
}

/** Both ways over one table. */
export interface Pair {
  /** Builds the new names; its triggers and functions are called by it on the way back too. */
  readonly there: TableMove;
  /** Builds the old names again. */
  readonly back: TableMove;
  readonly twins: readonly Twin[];
}

export interface Twin {
  readonly from: string;
  readonly to: string;
  /** Default of each name while both are there; absent where it has none then. */
  readonly shared: { readonly from?: string; readonly to?: string };
  /** A default that gives another value each time, which only one of the names can have; then neither is in `shared`. */
  readonly moved?: { readonly from: string | null; readonly to: string | null };
  /** Keys of the catalog: those that the column owns. */
  readonly sequences: readonly string[];
  /** Behind values that are compared: not every type knows equality. */
  readonly cast: '' | '::text';
}

export function planMove(
  renames: readonly ColumnRename[],
  { suffix, from, goal, version }: Omit<Move, 'tables' | 'buildsUnique'>,
): Move {
  const byTable = Map.groupBy(renames, ({ table }) => catalogKey(table));
  const tables = [...byTable].flatMap(([key, columns]): TableMove[] => {
    const [own, other] = [from.tables[key], goal.tables[key]];
    return own && other
      ? [
          {
            key,
            from: own,
            goal: other,
            columns: columns.map(rename => planColumn(rename, suffix, other.columns)),
            virtuals: computedFrom(columns, own, other),
          },
        ]
      : [];
  });
  return { suffix, from, goal, version, tables, buildsUnique: true };
}

/** Virtual columns that either end computes from one of the names. */
export function computedFrom(
  renames: readonly Pick<ColumnRename, 'from' | 'to'>[],
  before: TableCatalog | undefined,
  after: TableCatalog | undefined,
): string[] {
  const names = renames.flatMap(({ from, to }) => [from, to]);
  return findVirtuals(names, { before, after }).filter(name => before?.columns[name] && after?.columns[name]);
}

function planColumn(
  { from, to }: ColumnRename,
  suffix: Move['suffix'],
  columns: Readonly<Record<string, ColumnCatalog>>,
): TableMove['columns'][number] {
  const [name, other] = suffix === 'new' ? [to, from] : [from, to];
  const goal = columns[name] as ColumnCatalog;
  const value = (row: string): string => `${row === '' ? '' : `${row}.`}${quoteIdentifier(other)}`;
  return { name, shadow: name, goal, type: goal.type, value, hasValue: `${value('')} is not null` };
}

export function readPairs(there: Move, back: Move, { before, after }: Sides): Pair[] {
  return there.tables.map((table, index) => {
    const other = back.tables[index] ?? table;
    const twins = table.columns.map(({ name: to }, at): Twin => {
      const from = other.columns[at]?.name ?? '';
      const isIdentity = Boolean(before.tables[table.key]?.columns[from]?.identity);
      const owner = ` owner ${table.key}.${from}`;
      return {
        ...readDefaults(before.tables[table.key]?.columns[from], after.tables[table.key]?.columns[to]),
        from,
        to,
        // that of an identity goes with its column, and the other name gets one of its own
        sequences: isIdentity
          ? []
          : Object.keys(before.sequences).filter(name => before.sequences[name]?.endsWith(owner)),
        cast: COMPARABLE.test(table.columns[at]?.type ?? '') ? '' : '::text',
      };
    });
    return { there: table, back: other, twins };
  });
}

const COMPARABLE = /^(?:smallint|integer|bigint|text|character varying|boolean|uuid|date|timestamp)\b(?!.*\[)/;

function readDefaults(old?: ColumnCatalog, own?: ColumnCatalog): Pick<Twin, 'shared' | 'moved'> {
  const [from, to] = [old?.default ?? null, own?.default ?? null];
  if (![from, to].some(expression => expression !== null && isVolatile(expression))) {
    return { shared: { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) } };
  }
  // a fresh build calls the sequence of a serial by the new name; the one that is there goes on counting
  return { shared: {}, moved: { from, to: from?.startsWith('nextval(') ? from : to } };
}

/** A constant with its casts, or the time of the transaction, is the same for the trigger as for the row. */
function isVolatile(expression: string): boolean {
  const words = expression
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/\bnow\(\)/g, 'now')
    .replace(/::[\w ."]+(?:\(\d+(?:, *\d+)?\))?/g, '');
  return /[\w"]\(/.test(words);
}

/**
 * The body of the trigger: whichever name was written is carried to the other; where both were, the new name wins. In a new row
 * a name was written if it is not what it is by default.
 */
export function renderSync({ twins }: Pair): string {
  return `\n${['begin', ...twins.flatMap(renderTwin), '  return new;', 'end'].join('\n')}\n`;
}

function renderTwin({ from, to, shared, cast }: Twin): string[] {
  const [old, own] = [quoteIdentifier(from), quoteIdentifier(to)];
  const differs = (name: string, other: string): string => `new.${name}${cast} is distinct from ${other}`;
  const byDefault = (expression = 'null'): string => (expression === 'null' ? 'null' : `(${expression})${cast}`);
  return [
    `  if tg_op = 'INSERT' then`,
    `    if ${differs(own, byDefault(shared.to))} then`,
    `      new.${old} := new.${own};`,
    `    elsif ${differs(old, byDefault(shared.from))} then`,
    `      new.${own} := new.${old};`,
    '    else',
    `      new.${old} := new.${own};`,
    '    end if;',
    `  elsif ${differs(own, `old.${own}${cast}`)} then`,
    `    new.${old} := new.${own};`,
    `  elsif ${differs(old, `old.${old}${cast}`)} then`,
    `    new.${own} := new.${old};`,
    '  end if;',
  ];
}
