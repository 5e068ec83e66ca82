/** Which changes of a column's type leave the rows as they are: those that ATColumnChangeRequiresRewrite says no to. H38. */

interface Type {
  /** As format_type prints it, without length or precision. */
  readonly name: string;
  readonly limits: readonly number[];
  readonly isArray: boolean;
}

/** What people and the parser call a type, and what format_type calls it. */
const NAMES: Readonly<Record<string, string>> = {
  int: 'integer',
  int4: 'integer',
  int2: 'smallint',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  decimal: 'numeric',
  varchar: 'character varying',
  char: 'character',
  varbit: 'bit varying',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
  time: 'time without time zone',
  timetz: 'time with time zone',
};

/** True when both are the same type, however it is written. */
export function isSameType(from: string, to: string): boolean {
  const [a, b] = [readType(from), readType(to)];
  return a.name === b.name && a.isArray === b.isArray && a.limits.join() === b.limits.join();
}

/**
 * True when PostgreSQL 15 to 18 neither rewrites the table nor rebuilds a plain index of the column.
 * @param from as format_type prints it.
 * @param to as the statement has it.
 */
export function isBinaryCompatible(from: string, to: string): boolean {
  if (isSameType(from, to)) {
    return true;
  }
  const [a, b] = [readType(from), readType(to)];
  // of an array PostgreSQL converts each element, whatever its type
  return !a.isArray && !b.isArray && isWider(a, b);
}

function isWider(from: Type, to: Type): boolean {
  const isUnlimited = to.limits.length === 0;
  switch (to.name) {
    case 'character varying':
      return (isUnlimited && from.name === 'text') || (from.name === to.name && isLonger(from, to));
    case 'text':
      return from.name === 'character varying' || from.name === 'xml';
    case 'bpchar':
      return isUnlimited && from.name === 'character';
    case 'bit varying':
      return from.name === to.name && isLonger(from, to);
    case 'numeric':
      return from.name === to.name && (isUnlimited || (hasSameScale(from, to) && isLonger(from, to)));
    case 'inet':
      return from.name === 'cidr';
    default:
      return isMorePrecise(from, to);
  }
}

/** No limit is the longest. */
function isLonger({ limits: [from] }: Type, { limits: [to] }: Type): boolean {
  return to === undefined || (from !== undefined && to >= from);
}

function hasSameScale(from: Type, to: Type): boolean {
  return from.limits.length > 0 && (from.limits[1] ?? 0) === (to.limits[1] ?? 0);
}

/** Dates and times keep up to six digits of a second; an interval may also lose its bounds (`day to second`). */
function isMorePrecise(from: Type, to: Type): boolean {
  const isInterval = from.name.startsWith('interval') && to.name === 'interval' && to.limits.length === 0;
  const isTime = /^(?:time|timestamp|interval)\b/.test(to.name) && from.name === to.name;
  return isInterval || (isTime && (to.limits[0] ?? 6) >= (from.limits[0] ?? 6));
}

function readType(text: string): Type {
  const isArray = text.endsWith(']');
  const [, limits] = /\(([^)]*)\)/.exec(text) ?? [];
  const bare = text
    .replace(/\([^)]*\)/, '')
    .replace(/(?:\[\d*\])+$/, '')
    .replace(/^(?:pg_catalog|public|"public")\./, '')
    .replace(/\s+/g, ' ')
    .trim();
  const name = /^"[a-z_][a-z0-9_]*"$/.test(bare) && bare !== '"char"' ? bare.slice(1, -1) : bare;
  return {
    name: Object.hasOwn(NAMES, name) ? (NAMES[name] ?? name) : name,
    limits: limits === undefined ? [] : limits.split(',').map(Number),
    isArray,
  };
}
