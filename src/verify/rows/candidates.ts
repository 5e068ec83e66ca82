/** Values that may satisfy the checks of a column, as SQL over the number of the row: PostgreSQL says which do. Pure. */
import { escapeLiteral } from 'pg';
import type { RowColumn, RowType } from './read-tables.ts';
import { NUMBER, renderValue } from './templates.ts';

/**
 * The usual value first.
 * @param conditions the checks that the column stands in: what they compare with is tried, and what is next to it.
 */
export function listCandidates(
  column: RowColumn,
  types: ReadonlyMap<number, RowType>,
  conditions: readonly string[],
): string[] {
  const usual = renderValue({ ...column, label: column.name }, types);
  const base = baseOf(types.get(column.typeOid), types);
  const literals = readLiterals(conditions.join(' '));
  const more = base === undefined ? [] : listFor(base, { column, usual, literals });
  const candidates = [
    ...(usual === undefined ? [] : [usual]),
    ...more.map(value => `(${value})::${column.type}`),
    ...(column.notNull ? [] : [`null::${column.type}`]),
  ];
  return [...new Set(candidates)];
}

function baseOf(type: RowType | undefined, types: ReadonlyMap<number, RowType>): RowType | undefined {
  return type?.kind === 'domain' ? baseOf(types.get(type.of), types) : type;
}

interface Literals {
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

function readLiterals(condition: string): Literals {
  const texts = [...condition.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => text.replaceAll("''", "'"));
  const bare = condition.replaceAll(/'(?:[^']|'')*'/g, "''");
  const numbers = [...bare.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?/g)].map(([number]) => Number(number));
  const quoted = texts.filter(text => /^-?\d+(\.\d+)?$/.test(text)).map(Number);
  const sorted = [...new Set([...numbers, ...quoted])].filter(Number.isSafeInteger).sort((a, b) => a - b);
  return { numbers: sorted.slice(0, 8), texts: [...new Set(texts)].slice(0, 20) };
}

interface Known {
  readonly column: RowColumn;
  readonly usual: string | undefined;
  readonly literals: Literals;
}

function listFor(type: RowType, { column, usual, literals }: Known): string[] {
  switch (type.category) {
    case 'N':
      return listNumbers(literals.numbers);
    case 'S':
      return listTexts(column, literals);
    case 'D':
      return listTimes(usual, literals.texts);
    case 'B':
      return ['true', 'false'];
    case 'E':
      return type.labels.map(label => escapeLiteral(label));
    case 'T':
      return [`${NUMBER} * interval '1 day'`, `interval '1 day'`];
    case 'U':
      return type.name.startsWith('json') ? listJson(literals.texts) : [];
    case 'A':
      return [`'{}'`];
    default:
      return [];
  }
}

/** A number by the row between each two that are compared with, then these and their neighbours. */
function listNumbers(numbers: readonly number[]): string[] {
  const between = numbers.slice(1).map((high, index) => {
    const low = numbers[index] ?? 0;
    return `${low} + ${NUMBER} % ${Math.max(1, high - low + 1)}`;
  });
  const beyond = numbers.flatMap(number => [`${number} + ${NUMBER}`, `${number} - ${NUMBER}`]);
  const near = numbers.flatMap(number => [number, number + 1, number - 1]).map(String);
  return [
    ...between,
    ...beyond,
    ...near,
    `${NUMBER} % 10`,
    `${NUMBER} + 1`,
    `${NUMBER} * 2`,
    `1 + ${NUMBER} % 5`,
    '0',
    '1',
  ];
}

const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'AB',
  'abc',
  'ABC',
  'abcd',
  '0',
  '1',
  '12',
  '123',
  '12345',
  'en',
  'DE',
  'en-US',
  '#aabbcc',
];

/** What is compared with; patterns of `like` filled in; texts of the lengths that are named; then what columns often hold. */
function listTexts({ name }: RowColumn, { numbers, texts }: Literals): string[] {
  const filled = texts
    .filter(text => /[%_]/.test(text))
    .map(text => escapeLiteral(text).replaceAll('%', `' || ${NUMBER} || '`).replaceAll('_', 'x'));
  const sized = numbers
    .filter(number => number > 0 && number <= 1000)
    .flatMap(number => [number, number + 1, number - 1])
    .flatMap(length => [
      `right(lpad((${NUMBER})::text, 1000, '0'), ${length})`,
      `left(repeat(md5((${NUMBER})::text), 32), ${length})`,
    ]);
  const common = [
    `${escapeLiteral(name)} || ${NUMBER}`,
    `${escapeLiteral(name.toUpperCase())} || ${NUMBER}`,
    `${escapeLiteral(name)} || ${NUMBER} || '@example.org'`,
    `'https://example.org/' || ${NUMBER}`,
    `'+4930' || (1000000 + ${NUMBER})`,
    `md5((${NUMBER})::text)`,
    `(${NUMBER})::text`,
    `lpad((${NUMBER})::text, 5, '0')`,
    `md5((${NUMBER})::text)::uuid::text`,
    `'2026-01-01'`,
  ];
  return [
    ...texts.map(text => escapeLiteral(text)),
    ...filled,
    ...sized,
    ...common,
    ...TEXTS.map(text => escapeLiteral(text)),
  ];
}

function listTimes(usual: string | undefined, texts: readonly string[]): string[] {
  const dates = texts.filter(text => /^\d{4}-\d\d-\d\d/.test(text)).map(text => `timestamptz ${escapeLiteral(text)}`);
  const later = usual === undefined ? [] : [`${usual} + interval '1 day'`, `${usual} + interval '400 days'`];
  const around = dates.flatMap(date =>
    ['1 minute', '1 day'].flatMap(step => [
      `${date} + ${NUMBER} * interval '${step}'`,
      `${date} - ${NUMBER} * interval '${step}'`,
    ]),
  );
  return [
    ...later,
    ...dates,
    ...around,
    'now()',
    `now() + ${NUMBER} * interval '1 day'`,
    `now() - ${NUMBER} * interval '1 day'`,
  ];
}

/** With the keys that are asked for. */
function listJson(texts: readonly string[]): string[] {
  const keys = texts.filter(text => text !== '').slice(0, 6);
  const object = (value: string): string =>
    `jsonb_build_object(${keys.map(key => `${escapeLiteral(key)}, ${value}`).join(', ')})`;
  return [
    ...(keys.length > 0 ? [object(NUMBER), object(`'a'::text`), object(`'[]'::jsonb`)] : []),
    `'[]'`,
    `'{}'`,
    `'1'`,
    `'"a"'`,
  ];
}
