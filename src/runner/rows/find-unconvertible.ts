import type { PoolClient } from 'pg';
import type { DatabaseFacts } from '../../catalog/facts.ts';
import { postgresError } from '../../errors.ts';
import type { Backfill, Step } from '../../plan/plan.ts';
import { changesOf, quoteIdentifier, quoteLiteral } from '../../statement/change.ts';
import { readStatements } from '../../statement/read.ts';
import type { Findings, Violation } from './find-violations.ts';
import { keyOf, type RowPromise } from './promise.ts';
import { type Rows, rowsFor, rowsOf, withColumn } from './render-rows.ts';

const SHOWN = 10;

/**
 * Looks for rows whose value a backfill cannot compute: text that is no number, a number that is too large. First all rows in one
 * query, which an ordinary table passes at full speed; only where that fails, row by row. H43.
 * @param limitMs how long each look may take. It changes nothing: types that the migration is to make, and values that it renames, are rolled back.
 * @param aside for a mere look beside others: it makes no types, so that what needs one counts as not looked at, and waits for
 * no lock longer than that.
 */
export async function findUnconvertible(
  client: PoolClient,
  {
    steps,
    facts,
    limitMs,
    aside,
  }: {
    readonly steps: readonly Step[];
    readonly facts: Pick<DatabaseFacts, 'tables'>;
    readonly limitMs: number;
    readonly aside?: { readonly lockTimeoutMs: number };
  },
): Promise<Findings> {
  const violations: Violation[] = [];
  const unfinished: RowPromise[] = [];
  const types: string[] = [];
  const added = new Map<string, Rows>();
  const newTypes = new Map<string, string>();
  for (const { sql, backfill } of steps) {
    if (backfill) {
      const known = facts.tables[backfill.table];
      const rows = added.get(backfill.table) ?? (known && rowsOf(backfill.table, known));
      const typeOf = (column: string): string =>
        newTypes.get(`${backfill.table}.${column}`) ?? known?.columns[column]?.type ?? '';
      for (const value of known && rows ? conversionsOf(backfill, rows, { key: keyOf(known), typeOf }) : []) {
        const found = await look(client, value, { types: aside ? [] : types, limitMs, ...aside });
        if (found === 'unfinished') {
          unfinished.push(value);
        } else if (found !== undefined) {
          violations.push(found);
        }
      }
      continue;
    }
    const changes = (await readStatements(sql)).flatMap(statement => statement.changes);
    const isOfType = changes.some(({ kind }) => kind === 'create type' || kind === 'rename enum value');
    types.push(...(isOfType ? [sql] : []));
    for (const { table, column, definition } of changesOf(changes, 'add column')) {
      const name =
        table.schema === undefined || table.schema === 'public' ? table.name : `${table.schema}.${table.name}`;
      const known = facts.tables[name];
      if (known && !(column in known.columns)) {
        const before = added.get(name) ?? rowsOf(name, known);
        added.set(name, withColumn(before, { name: column, type: definition.type, value: 'null' }));
        newTypes.set(`${name}.${column}`, definition.type);
      }
    }
  }
  return { violations, unfinished };
}

interface ConversionLook extends RowPromise {
  readonly from: string;
  readonly place: string;
  readonly value: string;
  /** The table as an item of `from`. */
  readonly base: string;
}

/** Values over the columns that are there; constants need no look. */
function conversionsOf(
  { table, set }: Backfill,
  all: Rows,
  { key, typeOf }: { readonly key: readonly string[]; readonly typeOf: (column: string) => string },
): ConversionLook[] {
  return Object.entries(set)
    .filter(([, value]) => /[a-z_"]/i.test(value) && !/^'(?:[^']|'')*'$/.test(value))
    .map(([column, value]) => {
      const { from, place } = rowsFor(all, value);
      const what = `${column} = ${value}`;
      return {
        table,
        what,
        key,
        sql: '',
        from,
        place,
        value: assigned(value, typeOf(column)),
        base: (all.now ?? all).from,
      };
    });
}

/** As PostgreSQL assigns it to a column of the type: what is too long for that is an error, as it is none of a cast. */
function assigned(value: string, type: string): string {
  const [, name, digits, dimensions] =
    /^(character varying|varchar|character|char|bpchar|bit varying|varbit|bit)\((\d+)\)((?:\[\])*)$/.exec(type) ?? [];
  const length = LENGTHS.find(([names]) => names.test(name ?? ''));
  if (length === undefined) {
    return value;
  }
  const [, unlimited, own, header] = length;
  const cut = (one: string): string => `pg_catalog."${own}"(${one}, ${Number(digits) + header}, false)`;
  return dimensions === ''
    ? cut(`(${value}\n)::${unlimited}`)
    : `(select count(${cut('element')}) from unnest((${value}\n)::${unlimited}[]) element)`;
}

/** The functions that PostgreSQL itself calls to cut or refuse, and what they count on top of the length. */
const LENGTHS: readonly (readonly [names: RegExp, unlimited: string, own: string, header: number])[] = [
  [/^(?:character varying|varchar)$/, 'varchar', 'varchar', 4],
  [/^(?:character|char|bpchar)$/, 'bpchar', 'bpchar', 4],
  [/^(?:bit varying|varbit)$/, 'varbit', 'varbit', 0],
  [/^bit$/, 'varbit', 'bit', 0],
];

interface LookOptions {
  /** Statements that make the types. */
  readonly types: readonly string[];
  readonly limitMs: number;
  readonly lockTimeoutMs?: number;
}

async function look(
  client: PoolClient,
  conversion: ConversionLook,
  options: LookOptions,
): Promise<Violation | 'unfinished' | undefined> {
  const { from, value } = conversion;
  try {
    await inLook(client, options, () => client.query(`select count(${value}\n) from ${from}`));
    return undefined;
  } catch (error) {
    const code = postgresError(error)?.code ?? '';
    if (isTooLong(code) || (code === UNDEFINED_OBJECT && options.lockTimeoutMs !== undefined)) {
      return 'unfinished';
    }
    return isBadData(code) ? await findRows(client, conversion, options) : undefined;
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: data_exception and its class, check_violation of a domain */
function isBadData(code: string): boolean {
  return code.startsWith('22') || code === '23514';
}

/** A type that the migration makes. */
const UNDEFINED_OBJECT = '42704';

/** query_canceled, lock_not_available */
function isTooLong(code: string): boolean {
  return code === '57014' || code === '55P03';
}

async function findRows(
  client: PoolClient,
  conversion: ConversionLook,
  options: LookOptions,
): Promise<Violation | 'unfinished'> {
  try {
    const first = await inLook(client, options, async () => {
      await client.query(searchByRow(conversion));
      const { rows } = await client.query(`select current_setting('sunschool.found') as found`);
      return JSON.parse(rows[0].found) as Record<string, unknown>[];
    });
    const shown = first.slice(0, SHOWN);
    const count = first.length > SHOWN ? undefined : first.length;
    return { ...conversion, sql: selectRows(conversion, shown), first: shown, count };
  } catch (error) {
    if (isTooLong(postgresError(error)?.code ?? '')) {
      return 'unfinished';
    }
    throw error;
  }
}

/** One row after the other, each with its own savepoint; it stops where more are found than are shown. */
function searchByRow({ from, place, value, key }: ConversionLook): string {
  const names = key.map(column => (column === 'ctid' ? `${place}::text as "ctid"` : quoteIdentifier(column)));
  return `do $look$ #variable_conflict use_column
  declare one record; found jsonb := '[]'; begin
    for one in select ${place} as "row place", ${names.join(', ')} from ${from} loop
      begin
        perform ${value}
          from ${from} where ${place} = one."row place";
      exception when data_exception or check_violation then
        found := found || jsonb_build_array(to_jsonb(one) - 'row place');
        exit when jsonb_array_length(found) > ${SHOWN};
      end;
    end loop;
    perform set_config('sunschool.found', found::text, true);
  end $look$`;
}

function selectRows({ key, base }: ConversionLook, rows: readonly Record<string, unknown>[]): string {
  const columns = key.map(column => (column === 'ctid' ? column : quoteIdentifier(column)));
  const values = rows.map(row => `(${key.map(column => quoteLiteral(String(row[column]))).join(', ')})`);
  return `select * from ${base} where (${columns.join(', ')}) in (${values.join(', ')})`;
}

async function inLook<T>(
  client: PoolClient,
  { types, limitMs, lockTimeoutMs = limitMs }: LookOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await client.query(
      `begin${types.length > 0 ? '' : ' read only'}; set local statement_timeout = ${limitMs}; set local lock_timeout = ${lockTimeoutMs}`,
    );
    for (const sql of types) {
      await client.query(sql);
    }
    return await work();
  } finally {
    await client.query('rollback').catch(() => undefined);
  }
}
