import type { PoolClient } from 'pg';
import { MigrationError } from '../errors.ts';
import {
  type ChangeOf,
  changesOf,
  type ObjectName,
  quoteIdentifier,
  quoteName,
  renderName,
} from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';

/**
 * Makes room for `create index concurrently if not exists`: an invalid index of that name, which a build that failed leaves and
 * `if not exists` would take for a success, is dropped first. H03.
 * @throws MigrationError when a valid index of that name is another one.
 */
export async function prepareIndex(client: PoolClient, sql: string): Promise<void> {
  const change = await readConcurrentIndex(sql);
  const found = change && (await findIndex(client, change));
  if (!found) {
    return;
  }
  if (!found.isValid) {
    await client.query(`drop index concurrently if exists ${quoteName({ schema: found.schema, name: change.index })}`);
    return;
  }
  const wanted = await definitionOf(client, sql, change);
  if (wanted !== undefined && wanted !== withoutSchema(found.definition)) {
    throw otherIndex(change, found.definition);
  }
}

/** After a build that failed: nothing invalid stays behind, where it would cost every write and serve no read. */
export async function dropInvalidIndex(client: PoolClient, sql: string): Promise<void> {
  const change = await readConcurrentIndex(sql);
  const found = change && (await findIndex(client, change).catch(() => undefined));
  if (found && !found.isValid) {
    const name = quoteName({ schema: found.schema, name: change.index });
    await client.query(`drop index concurrently if exists ${name}`).catch(() => undefined);
  }
}

async function readConcurrentIndex(sql: string): Promise<ChangeOf<'create index'> | undefined> {
  const [statement] = await readStatements(sql);
  return changesOf(statement?.changes ?? [], 'create index').find(change => change.concurrently);
}

interface FoundIndex {
  readonly schema: string;
  readonly isValid: boolean;
  readonly definition: string;
}

/** An index lives in the schema of its table. */
async function findIndex(
  client: PoolClient,
  { index, table }: ChangeOf<'create index'>,
): Promise<FoundIndex | undefined> {
  const { rows } = await client.query(
    `select n.nspname as schema, x.indisvalid and x.indisready as "isValid", pg_get_indexdef(i.oid) as definition
       from pg_class i join pg_index x on x.indexrelid = i.oid join pg_namespace n on n.oid = i.relnamespace
      where i.relname = $1 and i.relnamespace = (select relnamespace from pg_class where oid = to_regclass($2))`,
    [index, quoteName(table)],
  );
  return rows[0];
}

/**
 * How PostgreSQL would store the index: built on an empty copy of the table, in a transaction that is rolled back. The copy is
 * a temporary table of the same name, which goes before the real one on the search path; a statement that names the schema
 * cannot be tried like that.
 * @returns undefined where it cannot be tried.
 */
async function definitionOf(
  client: PoolClient,
  sql: string,
  { table, index }: ChangeOf<'create index'>,
): Promise<string | undefined> {
  if (table.schema !== undefined) {
    return undefined;
  }
  await client.query('begin');
  try {
    const name = quoteIdentifier(table.name);
    const { rows } = await client.query('select to_regclass($1)::text as name', [name]);
    await client.query(`create temporary table ${name} (like ${rows[0].name})`);
    await client.query(sql.replace(/\bconcurrently\b/i, ''));
    const built = await client.query(
      `select pg_get_indexdef(('pg_temp.' || quote_ident($1))::regclass) as definition`,
      [index],
    );
    return withoutSchema(built.rows[0].definition);
  } finally {
    await client.query('rollback');
  }
}

/** `… ON public.lessons USING …` → `… ON lessons USING …` */
function withoutSchema(definition: string): string {
  return definition.replace(/ ON (ONLY )?(?:"(?:[^"]|"")*"|[^\s."]+)\./, ' ON $1');
}

function otherIndex({ index, table }: { index: string; table: ObjectName }, definition: string): MigrationError {
  return new MigrationError(
    {
      title: `There is another index of the name ${index}`,
      subject: definition,
      happens: `"${renderName(table)}" has it already, and it is not the one that the migration makes.`,
      hurts: 'Taking it for done would leave queries, or a rule, without the index they need.',
      remedy: `Give one of the two another name:  alter index ${quoteIdentifier(index)} rename to ${quoteIdentifier(`${index}_old`)}`,
      left: 'The step was not run.',
    },
    { exitCode: 2 },
  );
}
