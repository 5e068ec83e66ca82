import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { MigrationError, postgresError } from '../errors.ts';
import {
  type ChangeOf,
  changesOf,
  type ObjectName,
  quoteIdentifier,
  quoteName,
  renderName,
} from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { renderTrialIndex } from '../statement/trial-index.ts';
import { renderSession } from './report.ts';
import type { Run } from './run.ts';

/**
 * Makes room for `create index concurrently if not exists`: an invalid index of that name, which a build that failed leaves and
 * `if not exists` would take for a success, is dropped first; one that somebody still builds is waited for. H03.
 * @returns 'there' when a valid index of that name and definition needs no building.
 * @throws MigrationError when a valid index of that name is another one.
 */
export async function prepareIndex(run: Run, sql: string): Promise<'there' | 'missing'> {
  const { client } = run.session;
  const change = await readConcurrentIndex(sql);
  if (!change) {
    return 'missing';
  }
  await awaitBuilder(run, change);
  const found = await findIndex(client, change);
  if (!found) {
    return 'missing';
  }
  if (!found.isValid) {
    await client.query(dropSql(found.schema, change.index));
    return 'missing';
  }
  const wanted = await definitionOf(client, sql, change);
  if (wanted !== undefined && wanted !== withoutSchema(found.definition)) {
    throw otherIndex(change, found.definition);
  }
  return 'there';
}

const POLL_MS = 200;

/**
 * The backend of a run that was killed goes on with its build until it notices: its index is not to be touched meanwhile, and may
 * turn valid by itself.
 */
async function awaitBuilder({ session, reporter, signal }: Run, { index, table }: CreateIndex): Promise<void> {
  for (let looks = 0; ; looks++) {
    const { rows } = await session.client.query(
      `select p.pid, a.usename as user, a.application_name as application, a.state,
              extract(epoch from clock_timestamp() - a.xact_start)::int as seconds, a.query
         from pg_stat_progress_create_index p join pg_class i on i.oid = p.index_relid
         join pg_stat_activity a on a.pid = p.pid
        where i.relname = $1 and p.relid = to_regclass($2)`,
      [index, quoteName(table)],
    );
    if (rows.length === 0) {
      return;
    }
    if (looks === 0) {
      reporter.report({
        event: 'note',
        text: `  ${index} is being built by ${renderSession(rows[0])}; waiting for its end`,
      });
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
}

/** Who asked us to end waits; a drop that takes longer than that is left to the next run. */
const LAST_DROP_MS = 2_000;

/** After a build that failed: nothing invalid stays behind, where it would cost every write and serve no read. */
export async function dropInvalidIndex({ session: { client }, signal }: Run, sql: string): Promise<void> {
  const change = await readConcurrentIndex(sql);
  const found = change && (await findIndex(client, change).catch(() => undefined));
  if (!found || found.isValid) {
    return;
  }
  try {
    if (signal.aborted) {
      await client.query(`set statement_timeout = ${LAST_DROP_MS}`);
    }
    await client.query(dropSql(found.schema, change.index));
  } catch {
    // it stays, invalid: the next run drops it
  } finally {
    await client.query('set statement_timeout = 0').catch(() => undefined);
  }
}

function dropSql(schema: string, index: string): string {
  return `drop index concurrently if exists ${quoteName({ schema, name: index })}`;
}

type CreateIndex = ChangeOf<'create index'>;

async function readConcurrentIndex(sql: string): Promise<CreateIndex | undefined> {
  const [statement] = await readStatements(sql);
  return changesOf(statement?.changes ?? [], 'create index').find(change => change.concurrently);
}

interface FoundIndex {
  readonly schema: string;
  readonly isValid: boolean;
  readonly definition: string;
}

/** An index lives in the schema of its table. */
async function findIndex(client: PoolClient, { index, table }: CreateIndex): Promise<FoundIndex | undefined> {
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
 * a temporary table of the same name, which goes before the real one on the search path.
 * @returns undefined where it cannot be tried.
 */
async function definitionOf(
  client: PoolClient,
  sql: string,
  { table, index }: CreateIndex,
): Promise<string | undefined> {
  const trial = await renderTrialIndex(sql);
  if (trial === undefined) {
    return undefined;
  }
  await client.query('begin');
  try {
    const { rows } = await client.query('select to_regclass($1)::text as name', [quoteName(table)]);
    await client.query(`create temporary table ${quoteIdentifier(table.name)} (like ${rows[0].name})`);
    await client.query(trial);
    const built = await client.query(
      `select pg_get_indexdef(('pg_temp.' || quote_ident($1))::regclass) as definition`,
      [index],
    );
    return withoutSchema(built.rows[0].definition);
  } catch (error) {
    if (postgresError(error)?.code === INSUFFICIENT_PRIVILEGE) {
      return undefined;
    }
    throw error;
  } finally {
    await client.query('rollback');
  }
}

/** A role may be without `temporary` on the database. */
const INSUFFICIENT_PRIVILEGE = '42501';

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
