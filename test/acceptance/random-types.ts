/** The types of random columns: how an entity says them, their defaults, and conditions on them. */
import { p } from '@mikro-orm/postgresql';

export interface ColumnState {
  readonly length: number;
  readonly nullable: boolean;
  /** Index among those of its type; -1 for none. */
  readonly default: number;
  readonly comment: boolean;
  readonly unique: boolean;
}

export interface Place {
  readonly side: 'before' | 'after';
  /** Number of the change that it belongs to. */
  readonly pair: number;
}

export interface TypeParts {
  // biome-ignore lint/suspicious/noExplicitAny: each type has a builder of its own
  readonly build: (state: ColumnState, place: Place) => any;
  /** The first meets the checks. */
  readonly defaults: readonly string[];
  /** A value of it; also what new required columns are filled with. */
  readonly value: string;
  /** Conditions on the column that `value` meets. */
  readonly checks?: readonly ((column: string) => string)[];
  readonly canBeIndexed?: false;
  /** An expression over the column, for an index. */
  readonly expression?: (column: string) => string;
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

export const TYPES = {
  int: {
    build: () => p.integer(),
    value: '5',
    defaults: ['5', '0', '-1'],
    checks: numbers,
    expression: c => `(${c} % 10)`,
  },
  bigint: { build: () => p.bigint(), value: '5', defaults: ['5', '-1', '9007199254740993'], checks: numbers },
  text: {
    build: () => p.text(),
    value: `'abc'`,
    defaults: [`'abc'`, `''`, `'it''s'`, `'ä"b'`],
    checks: texts,
    expression: c => `lower(${c})`,
  },
  varchar: {
    build: ({ length }) => p.string().length(length),
    value: `'abc'`,
    defaults: [`'abc'`, `'x'`],
    checks: texts,
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
    defaults: ['1.50', '0.0', '3', '-1'],
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
    defaults: ['now()', `'2020-01-01'`, `date '2020-01-01'`],
  },
  timestamptz: {
    build: () => p.datetime(),
    value: `'2020-01-01'`,
    defaults: ['now()', 'current_timestamp', 'clock_timestamp()'],
  },
  date: { build: () => p.date(), value: `'2020-01-01'`, defaults: [`'2020-01-01'`, 'current_date'] },
  interval: { build: () => p.type('string').columnType('interval'), value: `'1 day'`, defaults: [`'1 day'`, `'0'`] },
  double: { build: () => p.double(), value: '5', defaults: ['5', '1e3', '0.5'], checks: numbers },
  /** A text with a check that lists what it may be; it gains a value. */
  list: {
    build: (_: ColumnState, { side }: Place) => p.enum(side === 'before' ? ['abc', `it's`] : ['abc', `it's`, 'new']),
    value: `'abc'`,
    defaults: [`'abc'`],
  },
  'text[]': { build: () => p.array().columnType('text[]'), value: `'{a,b}'`, defaults: [`'{}'`, `array['a']::text[]`] },
  /** It gains a value. */
  enum: {
    build: (_: ColumnState, { side, pair }: Place) =>
      p.enum(side === 'before' ? ['good', 'Bad "one"'] : ['good', 'new', 'Bad "one"']).nativeEnumName(`mood${pair}`),
    value: `'good'`,
    defaults: [`'good'`],
  },
} satisfies Record<string, TypeParts>;

export const partsOf = (type: keyof typeof TYPES): TypeParts => TYPES[type];
