/** Random tables, each before and after a random change. */
import fc from 'fast-check';
import { type ColumnState, TYPES } from './random-types.ts';

/** Something before the change and after it; absent where it is not there. */
export interface Sides<T> {
  readonly before?: T;
  readonly after?: T;
}

export type Side = keyof Sides<unknown>;

/** With another name before; where it is there on one side only, that does not count. */
interface Named<T> extends Sides<T> {
  readonly name: string;
  readonly isRenamed: boolean;
}

export interface Column extends Named<ColumnState> {
  readonly type: keyof typeof TYPES;
}

interface IndexState {
  readonly unique: boolean;
  readonly descending: boolean;
  readonly partial: boolean;
  /** Over an expression of the first column, where its type has one. */
  readonly expression: boolean;
}

interface Index extends Sides<IndexState> {
  readonly name: string;
  /** Positions among the columns. */
  readonly columns: readonly number[];
}

interface Check extends Sides<{ readonly variant: number }> {
  readonly name: string;
  readonly column: number;
}

export interface ForeignKey extends Sides<{ readonly cascade: boolean; readonly nullable: boolean }> {
  readonly name: string;
  /** Position of a table before this one. */
  readonly target: number;
}

export interface Table extends Named<{ readonly comment: boolean }> {
  /** Number of the change that it belongs to, among those that are made together. */
  readonly pair: number;
  /** Its key has two columns, and so has each foreign key to it. */
  readonly isComposite: boolean;
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
  readonly checks: readonly Check[];
  readonly foreignKeys: readonly ForeignKey[];
}

const LONG = 'an_identifier_that_is_longer_than_the_sixty_three_bytes_of_PostgreSQL';
const NAMES = [
  'a',
  'order',
  'camelCase',
  'CAPITAL',
  'two words',
  'qu"ote',
  `it's`,
  'Größe',
  '名前',
  'dash-ed',
  '1st',
  LONG,
];

/** What it is called on one side. */
export function nameOn(own: Named<unknown>, side: Side): string {
  return own.isRenamed && own.before && own.after && side === 'before' ? `o${own.name}` : own.name;
}

/** Mostly the same on both sides. */
function sides<T>(state: fc.Arbitrary<T>): fc.Arbitrary<Sides<T>> {
  return fc.oneof(
    { weight: 4, arbitrary: state.map(same => ({ before: same, after: same })) },
    { weight: 3, arbitrary: fc.record({ before: state, after: state }) },
    { weight: 2, arbitrary: state.map(after => ({ after })) },
    { weight: 1, arbitrary: state.map(before => ({ before })) },
  );
}

const name = fc.constantFrom(...NAMES);

const columnState = fc.record({
  length: fc.constantFrom(20, 40),
  nullable: fc.boolean(),
  default: fc.integer({ min: -1, max: 3 }),
  comment: fc.boolean(),
  unique: fc.nat(5).map(number => number === 5),
});

const plainTypes = (Object.keys(TYPES) as Column['type'][]).filter(type => type !== 'enum');

/** Now and then. */
const isRenamed = fc.nat(9).map(number => number === 9);

const column: fc.Arbitrary<Column> = fc
  .tuple(name, fc.constantFrom(...plainTypes), sides(columnState), isRenamed)
  .map(([own, type, state, renamed]) => ({ name: own, type, isRenamed: renamed, ...state }));

const indexState = fc.record({
  unique: fc.boolean(),
  descending: fc.boolean(),
  partial: fc.boolean(),
  expression: fc.nat(3).map(number => number === 3),
});

const table: fc.Arbitrary<Table> = fc
  .tuple(
    name,
    fc.tuple(sides(fc.record({ comment: fc.boolean() })), isRenamed, fc.nat(3)),
    fc.array(column, { minLength: 1, maxLength: 5 }),
    fc.array(fc.tuple(name, fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 2 }), sides(indexState)), {
      maxLength: 2,
    }),
    fc.array(fc.tuple(name, fc.nat(4), sides(fc.record({ variant: fc.nat(5) }))), { maxLength: 2 }),
    fc.array(fc.tuple(name, fc.nat(2), sides(fc.record({ cascade: fc.boolean(), nullable: fc.boolean() }))), {
      maxLength: 1,
    }),
  )
  .map(([own, [state, renamed, key], columns, indexes, checks, foreignKeys]) => ({
    name: own,
    pair: 0,
    isRenamed: renamed,
    isComposite: key === 3,
    ...state,
    columns,
    indexes: indexes.map(([index, positions, both]) => ({ name: index, columns: positions, ...both })),
    checks: checks.map(([check, position, both]) => ({ name: check, column: position, ...both })),
    foreignKeys: foreignKeys.map(([key, target, both]) => ({ name: key, target, ...both })),
  }));

export interface RandomChange {
  readonly tables: readonly Table[];
  /** A column of the first table with an enum type of its own. */
  readonly mood: Sides<ColumnState> | null;
}

export const randomChange: fc.Arbitrary<RandomChange> = fc.record({
  tables: fc.array(table, { minLength: 1, maxLength: 3 }),
  mood: fc.option(sides(columnState)),
});

/** Several changes as one. Names get their numbers here, in front: no two are the same, in the first 63 bytes either. */
export function joinChanges(changes: readonly RandomChange[]): readonly Table[] {
  const joined: Table[] = [];
  for (const [pair, { tables, mood }] of changes.entries()) {
    const first = joined.length;
    for (const [at, own] of tables.entries()) {
      const more = at === 0 && mood ? [{ type: 'enum', name: ' mood', isRenamed: false, ...mood } as const] : [];
      joined.push(numbered({ ...own, columns: [...own.columns, ...more] }, { pair, at, first }));
    }
  }
  return joined;
}

function numbered(own: Table, { pair, at, first }: { pair: number; at: number; first: number }): Table {
  return {
    ...own,
    pair,
    // without any table there would be no migration to go back to
    ...(at === 0 ? { before: own.before ?? { comment: false } } : {}),
    name: `p${pair}t${at}${own.name}`,
    columns: own.columns.map((each, index) => possible({ ...each, name: `c${index}${each.name}` }, index, own)),
    indexes: own.indexes.map((each, index) => ({ ...each, name: `p${pair}i${at}${index}${each.name}` })),
    checks: own.checks.map((each, index) => ({ ...each, name: `k${index}${each.name}` })),
    foreignKeys: own.foreignKeys
      .filter(({ target }) => target < at)
      .map((each, index) => ({ ...each, target: first + each.target, name: `f${index}${each.name}` })),
  };
}

/**
 * What is left out, and why. Types that change, but for a longer varchar and a wider numeric, and primary keys are not even
 * generated: they rewrite the table.
 */
function possible(own: Column, position: number, { indexes, checks }: Table): Column {
  // a default that comes with its column must meet the checks on it
  const most = checks.some(({ column }) => column === position) ? 0 : Number.POSITIVE_INFINITY;
  const meeting = (state: ColumnState): ColumnState => ({ ...state, default: Math.min(state.default, most) });
  const before = own.before && meeting(own.before);
  const after = own.after && meeting(own.after);
  const { before: _before, after: _after, ...same } = own;
  if (before && after) {
    // PostgreSQL builds an index with a predicate or an expression anew when a column's type changes, whatever to
    const isFixed = indexes.some(
      index =>
        index.columns.includes(position) &&
        [index.before, index.after].some(state => state?.partial || state?.expression),
    );
    const length = isFixed ? before.length : Math.max(before.length, after.length);
    return { ...same, before, after: { ...after, length } };
  }
  return { ...same, ...(before ? { before } : {}), ...(after ? { after } : {}) };
}
