/** Random schemas and random changes of them, as acceptance cases. */
import { defineEntity, type EntitySchema, p } from '@mikro-orm/postgresql';
import fc from 'fast-check';
import { quoteIdentifier } from '../../src/statement/change.ts';
import type { AcceptanceCase } from './harness.ts';

/** Something before the change and after it; absent where it is not there. */
interface Sides<T> {
  readonly before?: T;
  readonly after?: T;
}

type Side = keyof Sides<unknown>;

interface ColumnState {
  readonly length: number;
  readonly nullable: boolean;
  /** Index among those of its type; -1 for none. */
  readonly default: number;
  readonly comment: boolean;
}

interface Column extends Sides<ColumnState> {
  readonly name: string;
  readonly type: keyof typeof TYPES;
}

interface IndexState {
  readonly unique: boolean;
  readonly descending: boolean;
  readonly partial: boolean;
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

interface ForeignKey extends Sides<{ readonly cascade: boolean; readonly nullable: boolean }> {
  readonly name: string;
  /** Position of a table before this one. */
  readonly target: number;
}

export interface Table extends Sides<object> {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
  readonly checks: readonly Check[];
  readonly foreignKeys: readonly ForeignKey[];
}

interface TypeParts {
  // biome-ignore lint/suspicious/noExplicitAny: each type has a builder of its own
  readonly build: (state: ColumnState, side: Side) => any;
  /** The first meets the checks. */
  readonly defaults: readonly string[];
  /** A value of it; also what new required columns are filled with. */
  readonly value: string;
  /** Conditions on the column that `value` meets. */
  readonly checks?: readonly ((column: string) => string)[];
  readonly canBeIndexed?: false;
}

const numbers = [
  (c: string) => `${c} > 0`,
  (c: string) => `${c} between 0 and 100`,
  (c: string) => `${c} in (1, 5, 9)`,
  (c: string) => `${c} is null or ${c} <> 3`,
  (c: string) => `not (${c} > 50)`,
  (c: string) => `coalesce(${c}, 1) >= 0`,
];

const texts = [
  (c: string) => `${c} <> ''`,
  (c: string) => `${c} like 'a%'`,
  (c: string) => `${c} not in ('x', 'y''z')`,
  (c: string) => `char_length(${c}) <= 20`,
  (c: string) => `lower(trim(${c})) = 'abc'`,
  (c: string) => `${c} ~ '^[a-z]+$'`,
];

const TYPES = {
  int: { build: () => p.integer(), value: '5', defaults: ['5', '0', '-1'], checks: numbers },
  bigint: { build: () => p.bigint(), value: '5', defaults: ['5', '9007199254740993'], checks: numbers },
  text: { build: () => p.text(), value: `'abc'`, defaults: [`'abc'`, `''`, `'it''s'`, `'ä"b'`], checks: texts },
  varchar: {
    build: ({ length }) => p.string().length(length),
    value: `'abc'`,
    defaults: [`'abc'`, `'x'`],
    // a list over varchar is printed otherwise once it has been printed and read: down brings it back in other words
    checks: texts.filter((_, index) => index !== 2),
  },
  boolean: {
    build: () => p.boolean(),
    value: 'true',
    defaults: ['true', 'false'],
    checks: [c => c, c => `${c} is not false`],
  },
  numeric: {
    build: ({ length }) => p.decimal().precision(length).scale(2),
    value: '5.25',
    defaults: ['1.50', '0.0', '3'],
    checks: numbers.filter((_, index) => index !== 2),
  },
  json: {
    build: () => p.json().columnType('json'),
    value: `'{}'`,
    defaults: [`'{}'`, `'{"a": [1]}'::json`],
    canBeIndexed: false,
  },
  jsonb: { build: () => p.json(), value: `'[]'`, defaults: [`'{}'`, `'{}'::jsonb`, `'{"b": 1,"a":2}'`] },
  uuid: {
    build: () => p.uuid(),
    value: `'6f1c2b7e-3c68-4a50-9a1c-0e2f3a4b5c6d'`,
    defaults: ['gen_random_uuid()', `'6f1c2b7e-3c68-4a50-9a1c-0e2f3a4b5c6d'`],
  },
  timestamp: {
    build: () => p.datetime().columnType('timestamp'),
    value: `'2020-01-01'`,
    defaults: ['now()', `'2020-01-01'`],
  },
  timestamptz: {
    build: () => p.datetime(),
    value: `'2020-01-01'`,
    defaults: ['now()', 'current_timestamp', 'clock_timestamp()'],
  },
  'text[]': { build: () => p.array().columnType('text[]'), value: `'{a,b}'`, defaults: [`'{}'`, `array['a']::text[]`] },
  /** It gains a value. */
  enum: {
    build: (_: ColumnState, side: Side) =>
      p.enum(side === 'before' ? ['good', 'Bad "one"'] : ['good', 'new', 'Bad "one"']).nativeEnumName('mood'),
    value: `'good'`,
    defaults: [`'good'`],
  },
} satisfies Record<string, TypeParts>;

const partsOf = (type: Column['type']): TypeParts => TYPES[type];

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
});

const plainTypes = (Object.keys(TYPES) as Column['type'][]).filter(type => type !== 'enum');

const column: fc.Arbitrary<Column> = fc
  .tuple(name, fc.constantFrom(...plainTypes), sides(columnState))
  .map(([own, type, state]) => ({ name: own, type, ...state }));

const table: fc.Arbitrary<Table> = fc
  .tuple(
    name,
    sides(fc.constant({})),
    fc.array(column, { minLength: 1, maxLength: 5 }),
    fc.array(
      fc.tuple(
        name,
        fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 2 }),
        sides(fc.record({ unique: fc.boolean(), descending: fc.boolean(), partial: fc.boolean() })),
      ),
      { maxLength: 2 },
    ),
    fc.array(fc.tuple(name, fc.nat(4), sides(fc.record({ variant: fc.nat(5) }))), { maxLength: 2 }),
    fc.array(fc.tuple(name, fc.nat(2), sides(fc.record({ cascade: fc.boolean(), nullable: fc.boolean() }))), {
      maxLength: 1,
    }),
  )
  .map(([own, state, columns, indexes, checks, foreignKeys]) => ({
    name: own,
    ...state,
    columns,
    indexes: indexes.map(([index, positions, both]) => ({ name: index, columns: positions, ...both })),
    checks: checks.map(([check, position, both]) => ({ name: check, column: position, ...both })),
    foreignKeys: foreignKeys.map(([key, target, both]) => ({ name: key, target, ...both })),
  }));

/** Names get their numbers afterwards, in front: no two are the same, in the first 63 bytes either. */
export const randomChange: fc.Arbitrary<readonly Table[]> = fc
  .tuple(fc.array(table, { minLength: 1, maxLength: 3 }), fc.option(sides(columnState)))
  .map(([tables, mood]) =>
    tables.map((own, at) => numbered(own, at, at === 0 && mood ? { type: 'enum', ...mood } : undefined)),
  );

function numbered(own: Table, at: number, mood: Omit<Column, 'name'> | undefined): Table {
  const columns = [...own.columns, ...(mood ? [{ name: ' mood', ...mood }] : [])];
  return {
    ...own,
    // without any table there would be no migration to go back to
    ...(at === 0 ? { before: {} } : {}),
    name: `t${at}${own.name}`,
    columns: columns.map((each, index) => possible({ ...each, name: `c${index}${each.name}` }, index, own)),
    indexes: own.indexes.map((each, index) => ({ ...each, name: `i${at}${index}${each.name}` })),
    checks: own.checks.map((each, index) => ({ ...each, name: `k${index}${each.name}` })),
    foreignKeys: own.foreignKeys
      .filter(({ target }) => target < at)
      .map((each, index) => ({ ...each, name: `f${index}${each.name}` })),
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
  const { name, type } = own;
  if (before && after) {
    // PostgreSQL builds an index with a predicate anew when a column's type changes, whatever to
    const isFixed = indexes.some(
      index => index.columns.includes(position) && (index.before?.partial || index.after?.partial),
    );
    const length = isFixed ? before.length : Math.max(before.length, after.length);
    return { name, type, before, after: { ...after, length } };
  }
  // nothing gives back what was in a dropped column that must not be null
  return before ? { name, type, before: { ...before, nullable: true } } : { name, type, ...(after ? { after } : {}) };
}

/** The change as a case of its own. */
export function readCase(tables: readonly Table[]): AcceptanceCase {
  const gone = (own: Sides<unknown>): boolean => own.before !== undefined && own.after === undefined;
  const come = (own: Sides<unknown>): boolean => own.before === undefined && own.after !== undefined;
  const drop: string[] = [];
  const fill: string[] = [];
  const lost: string[] = [];
  for (const own of tables) {
    if (gone(own)) {
      drop.push(cut(own.name));
    }
    if (!own.before || !own.after) {
      continue;
    }
    for (const key of own.foreignKeys.map(each => visibleKey(tables, own, each))) {
      const path = `${cut(own.name)}.${cut(key.name)}`;
      if (gone(key)) {
        drop.push(path);
      }
      if (come(key) && !key.after?.nullable) {
        fill.push(`${path}=1`);
      }
      if (gone(key) || come(key)) {
        lost.push(path);
      }
    }
    for (const each of own.columns) {
      const path = `${cut(own.name)}.${cut(each.name)}`;
      if (gone(each)) {
        drop.push(path);
        lost.push(path);
      }
      if (each.after && come(each) && !each.after.nullable && defaultOf(each, 'after') === undefined) {
        fill.push(`${path}=${partsOf(each.type).value}`);
      }
    }
  }
  const mood = tables[0]?.columns.find(({ type }) => type === 'enum');
  const gains = tables[0]?.before && tables[0].after && mood?.before && mood.after;
  return {
    name: 'random',
    before: entitiesOf(tables, 'before'),
    after: entitiesOf(tables, 'after'),
    rows: rowsOf(tables),
    decisions: { drop, fill },
    steps: [],
    lost,
    ...(gains ? { stays: 'enums' } : {}),
  };
}

/** It is there where both of its tables are, and required only where a row to refer to is there too. */
function visibleKey(tables: readonly Table[], own: Table, key: ForeignKey): ForeignKey {
  const target = tables[key.target];
  const before = own.before && target?.before ? key.before : undefined;
  const after = own.after && target?.after ? key.after : undefined;
  const hasRow = target?.before !== undefined && target.after !== undefined;
  return {
    name: key.name,
    target: key.target,
    ...(before ? { before: { ...before, nullable: before.nullable || !hasRow || !after } } : {}),
    ...(after ? { after: { ...after, nullable: after.nullable || !hasRow } } : {}),
  };
}

function entitiesOf(tables: readonly Table[], side: Side): EntitySchema[] {
  const entities = new Map<number, EntitySchema>();
  for (const [at, own] of tables.entries()) {
    if (own[side]) {
      entities.set(at, entityOf(tables, at, side, entities));
    }
  }
  return [...entities.values()];
}

function entityOf(
  tables: readonly Table[],
  at: number,
  side: Side,
  entities: ReadonlyMap<number, EntitySchema>,
): EntitySchema {
  const own = tables[at] as Table;
  const present = (position: number): Column | undefined => {
    const found = own.columns[position];
    return found?.[side] ? found : undefined;
  };
  const properties: Record<string, unknown> = { id: p.integer().primary() };
  for (const [position, each] of own.columns.entries()) {
    if (each[side]) {
      properties[`c${position}`] = propertyOf(each, each[side], side);
    }
  }
  for (const [position, each] of own.foreignKeys.entries()) {
    const state = visibleKey(tables, own, each)[side];
    if (state) {
      properties[`f${position}`] = () => {
        const key = p.manyToOne(entities.get(each.target) as never).fieldName(each.name);
        const ruled = state.cascade ? key.deleteRule('cascade') : key;
        return state.nullable ? ruled.nullable() : ruled;
      };
    }
  }
  const checks = own.checks.flatMap(each => {
    const found = present(each.column);
    const conditions = found && partsOf(found.type).checks;
    const state = each[side];
    const condition = state && conditions?.[state.variant % conditions.length];
    return found && condition ? [{ name: each.name, expression: condition(quoteIdentifier(found.name)) }] : [];
  });
  const indexes = own.indexes.flatMap(each => {
    const state = each[side];
    const columns = each.columns.map(position => [`c${position}`, present(position)] as const);
    const canBe = columns.every(([, found]) => found && partsOf(found.type).canBeIndexed !== false);
    return state && canBe ? [{ state, each, columns }] : [];
  });
  return defineEntity({
    name: `E${at}`,
    tableName: own.name,
    properties,
    checks,
    indexes: indexes.map(({ state, each, columns }) => ({
      name: each.name,
      properties: columns.map(([key]) => key),
      ...(state.descending ? { columns: columns.map(([key]) => ({ name: key, sort: 'DESC' })) } : {}),
      ...(state.partial ? { where: 'id > 0' } : {}),
      ...(state.unique ? { unique: true } : {}),
    })),
  } as never) as unknown as EntitySchema;
}

function propertyOf(own: Column, state: ColumnState, side: Side): unknown {
  let property = partsOf(own.type).build(state, side).fieldName(own.name);
  const value = defaultOf(own, side);
  property = value === undefined ? property : property.defaultRaw(value);
  property = state.comment ? property.comment(`what "it" is, isn't it`) : property;
  return state.nullable ? property.nullable() : property;
}

function defaultOf({ type, ...own }: Column, side: Side): string | undefined {
  return partsOf(type).defaults[own[side]?.default ?? -1];
}

/** One row in each table that stays. */
function rowsOf(tables: readonly Table[]): string {
  return tables
    .filter(({ before, after }) => before && after)
    .map(own => {
      const columns = own.columns.filter(({ before }) => before);
      const keys = own.foreignKeys.map(each => visibleKey(tables, own, each)).filter(each => each.before);
      const names = ['id', ...columns.map(each => each.name), ...keys.map(each => each.name)].map(quoteIdentifier);
      // a table that goes has no rows to refer to
      const target = (key: ForeignKey): string => (tables[key.target]?.after ? '1' : 'null');
      const values = ['1', ...columns.map(({ type }) => partsOf(type).value), ...keys.map(target)];
      return `insert into ${quoteIdentifier(own.name)} (${names.join(', ')}) values (${values.join(', ')});`;
    })
    .join('\n');
}

/** As PostgreSQL keeps a name. */
function cut(own: string): string {
  return Buffer.from(own)
    .subarray(0, 63)
    .toString()
    .replace(/\uFFFD$/, '');
}
