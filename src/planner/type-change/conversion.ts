/** The SQL that turns a value of one type into one of another. Pure. */
import type { ColumnCatalog } from '../../catalog/catalog.ts';
import { isSameType } from '../../rules/binary-compatible.ts';

/**
 * @param value an SQL expression of the type `from`. @param from, to as format_type prints them; `to` may be another name of it.
 * @returns a direct cast where PostgreSQL has one, else one by way of text; undefined where the session's time zone would decide what the value is (H40).
 */
export function convert(value: string, { from, to, as = to }: Conversion): string | undefined {
  if (isZoned(from) !== isZoned(to) && isTime(from) && isTime(to)) {
    return undefined;
  }
  const [a, b] = [familyOf(from), familyOf(to)];
  const isDirect = a === b ? a !== undefined : a === 'text' || b === 'text' || isSameType(from, to);
  const cast = withoutLength(as);
  if (isDirect || (from === 'boolean' && to === 'integer')) {
    return `${value}::${cast}`;
  }
  return `${value}::${from === 'boolean' && b === 'number' ? 'integer' : 'text'}::${cast}`;
}

/**
 * False of types with values that are equal and not the same: 1.0 and 1.00, 1 day and 24 hours, letters under a collation that
 * does not tell them apart; and of those without an equality, such as json.
 */
export function isSameWhereEqual({ type, collation }: Pick<ColumnCatalog, 'type' | 'collation'>): boolean {
  return (
    /^(?:smallint|integer|bigint|boolean|uuid|date|timestamp[^[]*)$/.test(type) ||
    (/^(?:text|character varying[^[]*)$/.test(type) && collation === null)
  );
}

export interface Conversion {
  readonly from: string;
  readonly to: string;
  /** How the type is written, where that is not its name alone. */
  readonly as?: string | undefined;
}

/**
 * An explicit cast to a length cuts off what is longer, without a word; where the value is assigned to a column of that length,
 * PostgreSQL refuses it. https://www.postgresql.org/docs/current/datatype-character.html
 */
function withoutLength(type: string): string {
  return type.replace(/^(character varying|character|bit varying|bit)\(\d+\)/, (_all, name: string) =>
    name === 'character' ? 'bpchar' : name.replace(/^bit$/, 'bit varying'),
  );
}

/** Types of one family have a cast to each other. https://www.postgresql.org/docs/current/sql-createcast.html */
const FAMILIES: readonly (readonly [family: string, names: RegExp])[] = [
  ['number', /^(?:smallint|integer|bigint|numeric|real|double precision)\b/],
  ['text', /^(?:text|character varying|character|bpchar|name|citext)\b/],
  ['json', /^jsonb?\b/],
  ['time', /^(?:date|timestamp)\b/],
  ['time of day', /^(?:time|interval)\b/],
  ['bits', /^bit\b/],
  ['address', /^(?:inet|cidr)\b/],
];

/** Arrays are a family where their elements are: PostgreSQL casts element by element. */
function familyOf(type: string): string | undefined {
  const element = type.replace(/(?:\[\])+$/, '');
  const family = FAMILIES.find(([, names]) => names.test(element))?.[0];
  return family === undefined ? undefined : `${family}${element === type ? '' : '[]'}`;
}

function isZoned(type: string): boolean {
  return / with time zone/.test(type);
}

function isTime(type: string): boolean {
  return /^(?:date|time|timestamp)\b/.test(type);
}
