/**
 * Databases on the server of the test run: one for each test, cloned from a template that is built once a run.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type OlderPostgres, olderServer, type TestServer, testServer } from './server.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>;
}

export interface DatabaseOptions {
  /** What {@link createTemplate} gave; without it the database is empty. */
  readonly template?: string;
  /** Major version of the server it is on, instead of the newest. */
  readonly major?: OlderPostgres | undefined;
}

/** A new database, for `await using database = await createTestDatabase()` or with `drop()` in `afterEach`. */
export async function createTestDatabase({
  template = 'template0',
  major,
}: DatabaseOptions = {}): Promise<TestDatabase> {
  const server = major === undefined ? testServer() : await olderServer(major);
  const onServer = (sql: string) => withClient(urlOf('postgres', server), client => client.query(sql));
  const name = `test_${randomBytes(6).toString('hex')}`;
  // file_copy rather than wal_log, the default: half the time where nothing is flushed to disk.
  await onServer(`create database "${name}" template "${template}" strategy file_copy`);
  const drop = async () => {
    await onServer(`drop database if exists "${name}" with (force)`);
  };
  return { name, url: urlOf(name, server), drop, [Symbol.asyncDispose]: drop };
}

/** Runs `work` with a new database and drops it afterwards. */
export async function withDatabase<T>(
  work: (database: TestDatabase) => Promise<T>,
  options: DatabaseOptions = {},
): Promise<T> {
  await using database = await createTestDatabase(options);
  return await work(database);
}

/** Runs `work` with a connection of its own to `url`. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // A server that is stopped under a connection is an event as well as an error of the query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * A template of that name, built by `build` in the first worker that asks and only there; the others wait for it. `build`
 * must have closed its connections when it is done.
 * @returns the value for `createTestDatabase({ template })`.
 */
export async function createTemplate(name: string, build: (url: string) => Promise<void>): Promise<string> {
  const template = `template_${name.replace(/\W/g, '_').toLowerCase()}`;
  return await withClient(urlOf('postgres'), async client => {
    // Ends with the session: a worker that dies while it builds keeps nobody waiting.
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [template]);
    const { rows } = await client.query('select 1 from pg_database where datname = $1 and datistemplate', [template]);
    if (rows.length === 0) {
      await client.query(`drop database if exists "${template}" with (force)`);
      await client.query(`create database "${template}" template template0`);
      await build(urlOf(template));
      await client.query(`alter database "${template}" with is_template true allow_connections false`);
    }
    return template;
  });
}

function urlOf(database: string, { host, port, user, password }: TestServer = testServer()): string {
  return `postgresql://${user}:${password}@${host}:${port}/${database}`;
}
