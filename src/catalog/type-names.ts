/** A type as the parser prints it, as `format_type` prints it: `varchar(3)[]` is `character varying(3)[]`. */
export function formatType(type: string): string {
  const [, base = type, modifiers = '', dimensions = ''] = /^(.*?)(\([^()]*\))?((?:\[\d*\])*)$/.exec(type) ?? [];
  const name = base.replace(/^(pg_catalog|public)\./, '');
  const full = TYPES[name] ?? name;
  const own = modifiers.replaceAll(' ', '');
  const zone = /^(timestamp|time)( with(?:out)? time zone)$/.exec(full);
  const formatted = zone ? `${zone[1]}${own}${zone[2]}` : `${full}${own}`;
  return dimensions === '' ? formatted : `${formatted}[]`;
}

/** `serial` and its relatives are no types: the column is an integer with a sequence. */
export function isSerial(type: string): boolean {
  return /^(small|big)?serial[248]?$/.test(type);
}

/** https://www.postgresql.org/docs/current/datatype.html#DATATYPE-TABLE */
const TYPES: Readonly<Record<string, string | undefined>> = {
  int: 'integer',
  int4: 'integer',
  serial: 'integer',
  serial4: 'integer',
  int8: 'bigint',
  bigserial: 'bigint',
  serial8: 'bigint',
  int2: 'smallint',
  smallserial: 'smallint',
  serial2: 'smallint',
  bool: 'boolean',
  varchar: 'character varying',
  char: 'character',
  decimal: 'numeric',
  float: 'double precision',
  float8: 'double precision',
  float4: 'real',
  varbit: 'bit varying',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
  time: 'time without time zone',
  timetz: 'time with time zone',
};
