/** Values for a column as SQL over the number of the row. Pure. */
import { escapeLiteral } from 'pg';
import type { RowType } from './read-tables.ts';

/** The number of a row, in the statements that make rows. */
export const NUMBER = '"#n"';

export interface Typed {
  readonly typeOid: number;
  readonly typmod: number;
  /** Goes into texts, so that they can be told apart. */
  readonly label: string;
}

/** @returns undefined for a type of which no value is known. */
export function renderValue(typed: Typed, types: ReadonlyMap<number, RowType>, n = NUMBER): string | undefined {
  const type = types.get(typed.typeOid);
  if (!type) {
    return undefined;
  }
  const inner = (number: string): string | undefined =>
    renderValue({ typeOid: type.of, typmod: type.typmod, label: typed.label }, types, number);
  switch (type.kind) {
    case 'enum':
      return type.labels.length === 0 ? undefined : pick(type.labels, type.quoted, n);
    case 'domain':
      return cast(inner(n), type.quoted);
    case 'range': {
      const [low, high] = [inner(n), inner(`(${n} + 10)`)];
      return low && high && `${type.quoted}(${low}, ${high})`;
    }
    case 'multirange': {
      const range = inner(n);
      return range && `${type.quoted}(${range})`;
    }
    case 'base':
      return type.category === 'A' && type.of > 0
        ? renderArray(inner(n), inner(`(${n} + 1)`), type.quoted)
        : renderBase(type, typed, n);
    case 'other':
      return undefined;
    default: {
      const never: never = type.kind;
      return never;
    }
  }
}

/** The same as text, for a column that has the enum type only later. */
export function pickLabel(labels: readonly string[]): string {
  return pick(labels, 'text', NUMBER);
}

function pick(labels: readonly string[], type: string, n: string): string {
  const values = labels.map(label => escapeLiteral(label)).join(', ');
  return `(array[${values}]::${type}[])[1 + ${n} % ${labels.length}]`;
}

function cast(value: string | undefined, type: string): string | undefined {
  return value && `(${value})::${type}`;
}

function renderArray(first: string | undefined, second: string | undefined, type: string): string | undefined {
  return first && second && `array[${first}, ${second}]::${type}`;
}

function renderBase({ name, category, quoted }: RowType, { typmod, label }: Typed, n: string): string | undefined {
  const render = BASE[name];
  if (render) {
    return render(n, typmod, label);
  }
  return category === 'S' ? `(${renderText(n, typmod, label)})::${quoted}` : undefined;
}

type Render = (n: string, typmod: number, label: string) => string;

/** PostgreSQL keeps a length with the four bytes of its header. */
const HEADER = 4;

function renderText(n: string, typmod: number, label: string): string {
  const text = `${escapeLiteral(`${label} `)} || ${n}`;
  // the number is what tells rows apart
  return typmod > HEADER ? `right(${text}, ${typmod - HEADER})` : text;
}

/** Precision and scale are two halves of the modifier; the scale has eleven bits. */
function renderNumeric(n: string, typmod: number): string {
  if (typmod < HEADER) {
    return `(${n} + 0.25)`;
  }
  const [precision, scale] = [((typmod - HEADER) >> 16) & 0xffff, (typmod - HEADER) & 0x7ff];
  return `(${n} % ${10 ** Math.max(0, Math.min(9, precision - scale))})::numeric`;
}

function renderBits(n: string, typmod: number): string {
  return `(${n})::int::bit(${typmod > 0 ? typmod : 32})`;
}

const MINUTES: Render = n => `timestamp '2026-01-01' + ${n} * interval '1 minute'`;
const BOX: Render = n => `box(point(${n}, ${n}), point(${n} + 1, ${n} + 1))`;

const BASE: Readonly<Record<string, Render>> = {
  bool: n => `(${n} % 2 = 0)`,
  int2: n => `(${n} % 32000)::int2`,
  int4: n => `(${n})::int4`,
  int8: n => `(${n})::int8`,
  float4: n => `(${n} + 0.5)::float4`,
  float8: n => `(${n} + 0.5)::float8`,
  numeric: renderNumeric,
  money: n => `(${n})::int::money`,
  oid: n => `(${n})::int::oid`,
  text: renderText,
  varchar: renderText,
  bpchar: (n, typmod, label) => `(${renderText(n, typmod === -1 ? HEADER + 1 : typmod, label)})`,
  char: () => `'a'::"char"`,
  uuid: (n, _typmod, label) => `md5(${escapeLiteral(`${label} `)} || ${n})::uuid`,
  date: n => `(date '2000-01-01' + (${n})::int)`,
  timestamp: (...args) => `(${MINUTES(...args)})`,
  timestamptz: (...args) => `((${MINUTES(...args)}) at time zone 'UTC')`,
  time: n => `(time '00:00' + ${n} * interval '1 second')`,
  timetz: n => `(time '00:00' + ${n} * interval '1 second')::timetz`,
  interval: n => `(${n} * interval '1 minute')`,
  json: n => `json_build_object('n', ${n})`,
  jsonb: n => `jsonb_build_object('n', ${n})`,
  bytea: n => `decode(md5((${n})::text), 'hex')`,
  inet: n => `(inet '10.0.0.0' + ${n})`,
  cidr: n => `(inet '10.0.0.0' + ${n})::cidr`,
  macaddr: n => `('08002b' || lpad(to_hex((${n})::int % 16777216), 6, '0'))::macaddr`,
  macaddr8: n => `('08002b0000' || lpad(to_hex((${n})::int % 16777216), 6, '0'))::macaddr8`,
  bit: (n, typmod) => renderBits(n, typmod === -1 ? 1 : typmod),
  varbit: (n, typmod) => `${renderBits(n, typmod)}::varbit`,
  xml: n => `('<n>' || ${n} || '</n>')::xml`,
  tsvector: n => `to_tsvector('simple', 'n' || ${n})`,
  tsquery: n => `to_tsquery('simple', 'n' || ${n})`,
  point: n => `point(${n}, ${n})`,
  box: BOX,
  polygon: (...args) => `polygon(${BOX(...args)})`,
  path: (...args) => `path(polygon(${BOX(...args)}))`,
  circle: n => `circle(point(${n}, ${n}), 1)`,
  lseg: n => `lseg(point(${n}, ${n}), point(${n} + 1, ${n} + 1))`,
  line: n => `line(point(${n}, ${n}), point(${n} + 1, ${n} + 2))`,
  pg_lsn: n => `('0/' || to_hex((${n})::int))::pg_lsn`,
  hstore: n => `('n=>' || ${n})::hstore`,
  ltree: n => `('n' || ${n})::ltree`,
};
