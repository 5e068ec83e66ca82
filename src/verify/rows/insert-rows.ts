/** The statement that makes the rows of one table. */
import type { Queryable } from '../../catalog/queryable.ts';
import { postgresError } from '../../errors.ts';
import { quoteIdentifier } from '../../statement/change.ts';
import type { Wanted } from './look-ahead.ts';
import type { RowCatalog, RowCheck, RowColumn, RowForeignKey, RowTable } from './read-tables.ts';
import { type Solved, solveChecks } from './solve-checks.ts';
import { NUMBER, pickLabel, renderValue } from './templates.ts';

export interface Insert {
  readonly table: RowTable;
  /** What later migrations want of its rows. */
  readonly ahead: Wanted;
  readonly catalog: RowCatalog;
  /** Rows that each table has, by its object id. */
  readonly counts: ReadonlyMap<number, number>;
  /** Numbers of the rows to make: each is used once in a database, so that values can be told apart. */
  readonly from: number;
  readonly to: number;
}

/** Makes the rows that the constraints let through, without failing. @returns how many, and why not more. */
export async function insertRows(client: Queryable, insert: Insert): Promise<{ rows: number; problem?: string }> {
  const { table, catalog, ahead, to } = insert;
  const checks = await readChecks(client, insert);
  const parents = readParents(insert);
  const referring = new Set(parents.flatMap(({ columns }) => columns));
  const mustRefer = new Set(table.foreignKeys.flatMap(({ columns }) => columns)).difference(referring);
  const free = table.columns
    .filter(({ name, isOwn }) => !isOwn && !referring.has(name) && !mustRefer.has(name))
    .map(column => ({ ...column, notNull: column.notNull || ahead.notNull.has(column.name) }));
  const solved = await solveChecks(client, { ...table, checks }, { free, types: catalog.types, upTo: to });
  const unsolved = solved.find(({ values }) => values.length === 0);
  if (unsolved) {
    return { rows: 0, problem: `no value is known that satisfies the checks on ${unsolved.columns.join(', ')}` };
  }
  const own = new Map(renderFree(free, { insert, solved }));
  const values = new Map([
    ...own,
    ...renderOwnParents(insert, { own, mustRefer }),
    ...renderReferring(insert, parents),
  ]);
  const missing = table.columns.find(({ name, isOwn, notNull }) => !isOwn && notNull && !values.has(name));
  if (missing) {
    const what = mustRefer.has(missing.name) ? 'the table that it points to has no rows' : 'its type is unknown';
    return { rows: 0, problem: `no value is known for ${missing.name} ${missing.type}: ${what}` };
  }
  return await run(client, insert, { values, checks, parents });
}

/** Its own, and of later ones those that can be asked already. */
async function readChecks(client: Queryable, { table, catalog, ahead }: Insert): Promise<RowCheck[]> {
  const own = [...table.checks, ...boundsOf(table), ...domainChecks(table, catalog)];
  const known = new Set(own.map(({ expression }) => expression));
  const names = new Set(table.columns.map(({ name }) => name));
  const later = ahead.checks.filter(
    ({ expression, columns }) => !known.has(expression) && columns.every(name => names.has(name)),
  );
  const asked: RowCheck[] = [];
  for (const check of later) {
    const ask = client.query(`select from ${table.quoted} where ${check.expression} limit 0`);
    asked.push(...(await ask.then(() => [check]).catch(() => [])));
  }
  return [...own, ...asked];
}

function boundsOf({ bounds, columns }: RowTable): RowCheck[] {
  const named = columns.map(({ name }) => name).filter(name => bounds?.includes(name));
  return bounds ? [{ name: 'its partitions', expression: bounds, columns: named }] : [];
}

/** The checks of a domain, over the column instead of VALUE. */
function domainChecks({ columns }: RowTable, { types }: RowCatalog): RowCheck[] {
  return columns.flatMap(({ name, typeOid }) => {
    const type = types.get(typeOid);
    const conditions = type?.kind === 'domain' ? type.checks : [];
    return conditions.map(expression => ({
      name: type?.name ?? '',
      expression: expression.replaceAll(/\bVALUE\b/g, quoteIdentifier(name)),
      columns: [name],
    }));
  });
}

/** Every so many rows a column that may be null is. */
const NULL_EVERY = 7;

function renderFree(
  free: readonly RowColumn[],
  { insert, solved }: { insert: Insert; solved: readonly Solved[] },
): [string, string][] {
  const chosen = new Map<string, string>();
  for (const { columns, values } of solved) {
    for (const [index, column] of columns.entries()) {
      const branches = values.map((tuple, position) => `when ${position} then ${tuple[index]}`);
      chosen.set(column, `case ${NUMBER} % ${values.length} ${branches.join(' ')} end`);
    }
  }
  return free.flatMap(column => {
    const { name, notNull } = column;
    const fixed = chosen.get(name);
    if (fixed !== undefined) {
      return [[name, fixed]];
    }
    const usual = renderUsual(column, insert);
    if (usual === undefined) {
      return [];
    }
    return [[name, notNull ? usual : `case when ${NUMBER} % ${NULL_EVERY} <> 0 then ${usual} end`]];
  });
}

function renderUsual(column: RowColumn, insert: Insert): string | undefined {
  const { name, type } = column;
  const usual = renderLater(column, insert) ?? renderValue({ ...column, label: name }, insert.catalog.types);
  return usual && `(${usual})::${type}`;
}

/** A value of the type that the column has later, where this one can hold it too. */
function renderLater({ name, typeOid }: RowColumn, { catalog, ahead }: Insert): string | undefined {
  const later = ahead.types.get(name);
  const [now, then] = [catalog.types.get(typeOid), later?.types.get(later.column.typeOid)];
  if (!later || !now || !then) {
    return undefined;
  }
  if (now.category === 'S' && then.kind === 'enum') {
    return pickLabel(then.labels);
  }
  // another type of its own may not be there yet
  const value = then.kind === 'base' ? renderValue({ ...later.column, label: name }, later.types) : undefined;
  if (value === undefined || then.category === 'A') {
    return undefined;
  }
  return now.category === 'S' ? `(${value})::text` : now.category === then.category ? value : undefined;
}

interface Parent extends RowForeignKey {
  readonly quoted: string;
  readonly count: number;
  readonly position: number;
}

/** The tables that rows point to, now or later, without those that are empty. */
function readParents({ table, ahead, catalog, counts }: Insert): Parent[] {
  const keys = new Map([...ahead.foreignKeys, ...table.foreignKeys].map(key => [key.columns.join(), key]));
  const names = new Set(table.columns.map(({ name }) => name));
  const known = [...keys.values()].filter(({ columns }) => columns.every(name => names.has(name)));
  return known
    .sort((one, other) => other.columns.length - one.columns.length)
    .flatMap((key, position) => {
      const parent = catalog.tables.find(({ oid }) => oid === key.table);
      const count = counts.get(key.table) ?? 0;
      return parent && count > 0 ? [{ ...key, quoted: parent.quoted, count, position }] : [];
    });
}

/** Rows of the parent in turn. */
function renderJoin({ quoted, count, position, references }: Parent): string {
  const columns = references.map((name, index) => `${quoteIdentifier(name)} as "#${index}"`).join(', ');
  return `left join (select row_number() over () - 1 as "#k", ${columns} from ${quoted}) as "#p${position}"
    on "#p${position}"."#k" = ${NUMBER} % ${count}`;
}

/** A column that two keys share has its value from the longer one, whose parent has a row for the other. */
function renderReferring({ table, ahead }: Insert, parents: readonly Parent[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const { columns, position } of parents) {
    const own = table.columns.filter(({ name }) => columns.includes(name));
    const isNullable = own.every(({ name, notNull }) => !notNull && !ahead.notNull.has(name));
    for (const [index, name] of columns.entries()) {
      const value = `"#p${position}"."#${index}"`;
      if (!values.has(name) && own.some(column => column.name === name && !column.isOwn)) {
        values.set(name, isNullable ? `case when ${NUMBER} % ${NULL_EVERY} <> 1 then ${value} end` : value);
      }
    }
  }
  return values;
}

/** The first rows of a table whose rows must point to one of their own table point to themselves. */
function renderOwnParents(
  { table, counts }: Insert,
  { own, mustRefer }: { own: ReadonlyMap<string, string>; mustRefer: ReadonlySet<string> },
): [string, string][] {
  const isFirst = (counts.get(table.oid) ?? 0) === 0;
  const keys = table.foreignKeys.filter(key => isFirst && key.table === table.oid);
  return keys.flatMap(({ columns, references }) =>
    columns.flatMap((name, index): [string, string][] => {
      const value = own.get(references[index] ?? '');
      const isWanted = table.columns.some(column => column.name === name && column.notNull);
      return isWanted && mustRefer.has(name) && value !== undefined ? [[name, value]] : [];
    }),
  );
}

interface Statement {
  readonly values: ReadonlyMap<string, string>;
  readonly checks: readonly RowCheck[];
  readonly parents: readonly Parent[];
}

/** Unique indexes of later migrations are there while the rows are made: they turn away what those would fail on. */
async function run(
  client: Queryable,
  insert: Insert,
  statement: Statement,
): Promise<{ rows: number; problem?: string }> {
  const { uniques } = insert.ahead;
  await client.query('begin');
  try {
    const made: string[] = [];
    for (const [index, definition] of uniques.entries()) {
      const name = `"#later_${index}"`;
      await client.query(`savepoint later`);
      // one on a column that is still to come is left to later rows
      const isMade = await client.query(`create unique index ${name} on ${definition}`).then(
        () => true,
        () => false,
      );
      await client.query(isMade ? 'release savepoint later' : 'rollback to savepoint later');
      made.push(...(isMade ? [`drop index ${insert.table.quoted.replace(/\.[^.]+$/, '')}.${name}`] : []));
    }
    const { rows } = await client.query(renderInsert(insert, statement));
    await client.query([...made, 'commit'].join(';\n'));
    return { rows: Number(rows[0]?.rows) };
  } catch (error) {
    await client.query('rollback');
    return { rows: 0, problem: postgresError(error)?.message ?? String(error) };
  }
}

function renderInsert({ table, from, to }: Insert, { values, checks, parents }: Statement): string {
  const names = [...values.keys()].map(quoteIdentifier).join(', ');
  const numbers = `generate_series(${from}, ${to}) as ${NUMBER}`;
  const expressions = [...values].map(([name, value]) => `${value} as ${quoteIdentifier(name)}`);
  const asked = checks.filter(({ columns }) => columns.every(name => values.has(name)));
  const where = asked.map(({ expression }) => `(${expression}) is not false`).join(' and ') || 'true';
  const rows = `select ${names} from (
      select ${expressions.join(', ')} from ${numbers} ${parents.map(renderJoin).join(' ')}) as rows where ${where}`;
  // a table whose columns all make their own values
  const source = values.size === 0 ? `select from ${numbers}` : rows;
  return `with made as (insert into ${table.quoted} ${names && `(${names})`} ${source} on conflict do nothing returning 1)
    select count(*)::int as rows from made`;
}
