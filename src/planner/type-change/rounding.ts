/** What a value loses, without an error, in another type, and which types hold every value of another. Pure. */

interface Type {
  readonly base: string;
  /** `numeric(12,2)` has 2, `timestamp(0) without time zone` has 0; undefined where the type has no such limit. */
  readonly digits: number | undefined;
}

const WHOLE: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint']);
const TIMES: ReadonlySet<string> = new Set(['timestamp without time zone', 'timestamp with time zone']);

/**
 * @param old, changed types as format_type prints them; an array is as its elements are.
 * @returns what a header says of the way back, or nothing where each value comes back as it is or is reported.
 * https://www.postgresql.org/docs/current/datatype-numeric.html and datatype-datetime.html
 */
export function lossOnTheWayBack({ old, changed }: { old: string; changed: string }): string | undefined {
  const [to, from] = [readType(old), readType(changed)];
  if (to.base === 'json' && from.base === 'jsonb') {
    return 'comes back as jsonb writes it: without its spaces, the order of its keys and all but the last of equal keys';
  }
  if (from.base === 'real' || from.base === 'double precision') {
    return WHOLE.has(to.base) || to.base === 'numeric' || (to.base === 'real' && from.base !== 'real')
      ? `is rounded to what ${old} can hold`
      : undefined;
  }
  if (from.base === 'numeric') {
    const isCut = WHOLE.has(to.base) ? from.digits !== 0 : isNarrower(to, from);
    return isCut || to.base === 'real' || to.base === 'double precision'
      ? `is rounded to what ${old} can hold`
      : undefined;
  }
  if (TIMES.has(from.base)) {
    if (to.base === 'date' || to.base.startsWith('time ')) {
      return `keeps what ${old} can hold`;
    }
    if (TIMES.has(to.base) && to.base !== from.base) {
      return 'is read in the time zone of the change, where an hour is there twice when clocks change';
    }
    return isNarrower(to, from) ? `is rounded to what ${old} can hold` : undefined;
  }
  return undefined;
}

/** Each holds all values of those in front of it, where it has no limit of its own. */
const WIDER: readonly (readonly string[])[] = [
  ['smallint', 'integer', 'bigint', 'numeric'],
  ['smallint', 'integer', 'double precision'],
  ['real', 'double precision'],
  ['timestamp without time zone', 'timestamp with time zone'],
  ['json', 'jsonb'],
  ['boolean', 'smallint', 'integer', 'bigint'],
];

/**
 * Whether each value of `from` has one in `to`: with false some may have none, and writing it is an error.
 * @param from, to as format_type prints them.
 */
export function holdsAll({ from, to }: { from: string; to: string }): boolean {
  if (from.endsWith('[]') !== to.endsWith('[]')) {
    return to === 'text';
  }
  const [own, wide] = [readType(from), readType(to)];
  if (wide.base === 'text' || (wide.base === 'character varying' && wide.digits === undefined)) {
    return true;
  }
  if (own.base === wide.base) {
    // an enum made anew has lost values or their order
    return from !== to && (wide.digits === undefined || (own.base === 'character varying' && isNarrower(own, wide)));
  }
  return (
    wide.digits === undefined &&
    WIDER.some(chain => chain.includes(own.base) && chain.indexOf(own.base) < chain.indexOf(wide.base))
  );
}

/** `timestamp(3) with time zone[]` is base `timestamp with time zone`, digits 3. */
function readType(type: string): Type {
  const [, inside] = type.match(/\(([^)]*)\)/) ?? [];
  const base = type
    .replace(/\([^)]*\)/, '')
    .replace(/\[\]/g, '')
    .trim();
  const last = inside?.split(',');
  // numeric(12) has no digits behind the point
  const digits = base === 'numeric' ? last && Number(last[1] ?? 0) : last && Number(last[0]);
  return { base, digits };
}

function isNarrower(to: Type, from: Type): boolean {
  return to.base === from.base && to.digits !== undefined && (from.digits === undefined || from.digits > to.digits);
}
