/** The statement that makes the rows of one table. */
import type { Queryable } from '../../catalog/queryable.ts';
import { postgresError } from '../../errors.ts';
import { quoteIdentifier } from '../../statement/change.ts';
import { renderFree } from './free-columns.ts';
import type { Insert } from './insert.ts';
import type { RowCheck } from './read-tables.ts';
import { type Parent, readParents, renderJoin, renderOwnParents, renderReferring } from './references.ts';
import { solveChecks } from './solve-checks.ts';
import { NUMBER } from './templates.ts';
import { readChecks } from './wanted-checks.ts';

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
