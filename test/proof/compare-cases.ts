/** What a comparator of texts sees a change in for ever, and for each of them a change that is one. */
import { defineEntity, type EntitySchema, p } from '@mikro-orm/core';

type Options = Record<string, unknown>;

export interface CompareCase {
  readonly name: string;
  readonly entities: readonly EntitySchema[];
  readonly changed: readonly EntitySchema[];
  /** Each must be in a statement once the change is made. */
  readonly touched: readonly string[];
}

const CHECKS: readonly (readonly [before: string, after: string])[] = [
  [`status in ('a', 'b')`, `status in ('a', 'c')`],
  ['score between 0 and 100', 'score between 0 and 99'],
  [`status like 'a%'`, `status like 'b%'`],
  [`status not in ('x', 'y')`, `status not in ('x')`],
  ['score::text <> status', 'score::text = status'],
  ['(score > 1) is not true', '(score > 1) is not false'],
  ['lower(trim(status)) = status and length(status) < 5', 'lower(trim(status)) = status and length(status) < 6'],
  [`status ilike 'a_b' escape '!' or status ~ '^a.b$'`, `status ilike 'a_b' escape '!' or status ~ '^a.c$'`],
  [`case when score > 1 then status = 'x' else true end`, `case when score > 2 then status = 'x' else true end`],
  ['coalesce(score, 0) > 0 and not (score = any (array[3, 4]))', 'coalesce(score, 1) > 0'],
  ['(status is null) = (score is null)', '(status is null) <> (score is null)'],
  [`position('@' in status) > 0 and status !~ '\\s'`, `position('@' in status) > 1 and status !~ '\\s'`],
];

/** The name of the column, where it matters, comes last. */
const COLUMNS: readonly (readonly [before: unknown, after: unknown, column?: string])[] = [
  [p.json().columnType('json').default('{}'), p.json().columnType('json').default('[]')],
  [p.json().defaultRaw(`'{}'::json`).columnType('json'), p.json().defaultRaw(`'[]'::json`).columnType('json')],
  [p.json().defaultRaw(`'{}'::jsonb`), p.json().defaultRaw(`'{"a": 1}'::jsonb`)],
  [p.datetime().defaultRaw('now()'), p.datetime().defaultRaw('clock_timestamp()')],
  [p.datetime().defaultRaw('current_timestamp'), p.datetime().nullable()],
  [p.datetime().columnType('timestamp(0)'), p.datetime().columnType('timestamp(3)')],
  [p.decimal().precision(10).scale(2).default('0.0'), p.decimal().precision(10).scale(2).default('0.5')],
  [p.decimal().precision(10).scale(2).defaultRaw('0.0'), p.decimal().precision(10).scale(3).defaultRaw('0.0')],
  [p.float().default(0.0), p.float().default(0.5)],
  [p.string().defaultRaw(`'x'::varchar`), p.string().defaultRaw(`'y'::varchar`)],
  [p.string().defaultRaw(`'it''s'`), p.string().defaultRaw(`'it''''s'`)],
  [p.string().default(''), p.string().default(' ')],
  [any('interval').defaultRaw(`'1 day'`), any('interval').defaultRaw(`'2 days'`)],
  [p.integer().defaultRaw('(1 + 1)'), p.integer().defaultRaw('(1 + 2)')],
  [p.array().columnType('text[]').defaultRaw(`'{}'`), p.array().columnType('text[]').defaultRaw(`'{a}'`)],
  [p.text().generated(`(lower(status) || '!') stored`), p.text().generated(`(upper(status) || '!') stored`)],
  [p.integer().generated('((score * 2)::int) stored'), p.integer().generated('((score * 3)::int) stored')],
  [p.integer().generated('(score + 1) virtual'), p.integer().generated('(score + 2) virtual')],
  [p.integer().generated('identity'), p.integer().generated('by default as identity')],
  [p.enum(['ok', 'bad']).nativeEnumName('Mood of "day"'), p.enum(['ok']).nativeEnumName('mood')],
  [p.enum(['a', 'b']).nativeEnumName('grade').default('a'), p.enum(['a', 'b']).nativeEnumName('grade').default('b')],
  [p.enum(['x']).nativeEnumName('flag').array(), p.enum(['x']).nativeEnumName('flag')],
  [p.enum(['ok', `it's "x"`]), p.enum(['ok', `it's "y"`])],
  [p.enum(['a', 'b']).array(), p.enum(['a', 'c']).array()],
  [any('char(3)'), any('char(4)')],
  [any('bit varying(4)').nullable(), any('bit varying(5)').nullable()],
  [any('text[][]').nullable(), any('int[]').nullable()],
  [p.text().collation('C'), p.text().collation('POSIX')],
  [p.text().comment(`it's "this"`), p.text().comment('that')],
  [p.text(), p.text().nullable(), 'order'],
  [p.text().unique(), p.integer().unique(), 'Größe "in" Cm'],
  [p.text().index(), p.integer().index(), 'ö'.repeat(31)],
];

const INDEXES: readonly (readonly [before: Options, after: Options])[] = [
  [{ where: `status in ('a', 'b') and score between 1 and 2` }, { where: `status in ('a')` }],
  [{ where: 'status is not null' }, { where: 'status is null' }],
  [{ where: `lower(status) like 'a%' and not (score = 1)` }, {}],
  [
    { expression: 'create index "i3" on "things" (lower(status), score desc)' },
    { expression: 'create index "i3" on "things" (upper(status), score desc)' },
  ],
  [{ columns: [{ name: 'score', sort: 'DESC', nulls: 'LAST' }] }, { columns: [{ name: 'score', sort: 'DESC' }] }],
  [{ include: ['status'], fillFactor: 70 }, {}],
  [{ type: 'hash' }, {}],
];

export const CASES: readonly CompareCase[] = [
  {
    name: 'checks',
    entities: [things({}, { checks: CHECKS.map(([expression], at) => ({ name: `rule${at}`, expression })) })],
    changed: [things({}, { checks: CHECKS.map(([, expression], at) => ({ name: `rule${at}`, expression })) })],
    touched: CHECKS.map((_check, at) => `"rule${at}"`),
  },
  {
    name: 'types, defaults, generated columns, enums and names of columns',
    entities: [things(columns(([before]) => before))],
    changed: [things(columns(([, after]) => after))],
    touched: COLUMNS.map(([, , name], at) => `"${(name ?? `c${at}`).replaceAll('"', '""')}"`),
  },
  {
    name: 'indexes',
    entities: [things({}, { indexes: INDEXES.map(([options], at) => index(at, options)) })],
    changed: [things({}, { indexes: INDEXES.map(([, options], at) => index(at, options)) })],
    touched: INDEXES.map((_index, at) => `"i${at}"`),
  },
  nativeEnum(),
  ...['Table "with" Ünïts', 't'.repeat(70), 'é'.repeat(28)].map(table),
];

function any(type: string) {
  return p.type('any').columnType(type);
}

function columns(choose: (row: (typeof COLUMNS)[number]) => unknown): Options {
  return Object.fromEntries(
    COLUMNS.map((row, at) => {
      const property = choose(row) as { fieldName(name: string): unknown };
      return [`c${at}`, row[2] === undefined ? property : property.fieldName(row[2])];
    }),
  );
}

function index(at: number, options: Options): Options {
  return { name: `i${at}`, ...('expression' in options ? {} : { properties: ['score'] }), ...options };
}

/** A new value in the middle, of a type that a column, an array and a default use. */
function nativeEnum(): CompareCase {
  const of = (items: string[]): EntitySchema[] => [
    things({
      one: p.enum(items).nativeEnumName('level').default('low'),
      many: p.enum(items).nativeEnumName('level').array(),
    }),
  ];
  return {
    name: 'enum values',
    entities: of(['low', 'high']),
    changed: of(['low', 'mid', 'high']),
    touched: [`'mid'`],
  };
}

/** Constraints, sequence and indexes are called after the table. */
function table(tableName: string): CompareCase {
  const of = (email: unknown, deleteRule: string): EntitySchema[] => {
    const thing = things({ email, size: p.enum(['s', 'l']), parent: p.integer().index() }, { tableName });
    const part = {
      name: 'Part',
      tableName: 'Parts & "Co"',
      properties: {
        id: p.integer().primary(),
        thing: () =>
          p
            .manyToOne(thing as never)
            .fieldName('Thing "id"')
            .deleteRule(deleteRule)
            .nullable(),
      },
    };
    return [thing, entity(part)];
  };
  return {
    name: `a table called ${tableName}`,
    entities: of(p.string().unique(), 'cascade'),
    changed: of(p.integer().unique(), 'set null'),
    touched: ['"email"', 'on delete set null'],
  };
}

function things(properties: Options, options: Options = {}): EntitySchema {
  const own = { id: p.integer().primary().autoincrement(), status: p.text(), score: p.integer().nullable() };
  return entity({ name: 'Thing', tableName: 'things', ...options, properties: { ...own, ...properties } });
}

function entity(definition: Options): EntitySchema {
  return defineEntity(definition as never) as unknown as EntitySchema;
}
