/** Scratch databases: made empty, worked on, dropped. */
import pg from 'pg';
import { postgresError, ServerError } from '../errors.ts';
import { quoteIdentifier } from '../statement/change.ts';
import { isLeftOver, SHADOW_NAMES, shadowName } from './shadow-name.ts';
import { findShadowServer, SHADOW_VARIABLE, type ShadowOptions } from './shadow-server.ts';

export interface ShadowServer {
  /** `server_version_num`: 180004. */
  readonly version: number;
  /** Runs `work` on a database of its own with nothing in it, and drops it. Several at a time are fine. */
  withDatabase<T>(work: (database: ShadowDatabase) => Promise<T>): Promise<T>;
}

export interface ShadowDatabase {
  readonly name: string;
  /** Connected to it. */
  readonly client: pg.Client;
  /** For more sessions: they must be closed before `work` ends. */
  readonly connection: pg.ClientConfig;
}

/**
 * Runs `work` with a scratch database that has nothing in it; it is dropped again, whatever happens. What a killed run left
 * behind is dropped by the next one.
 * @throws ServerError where there is no server for it: SHADOW_DATABASE_URL is not set and no embedded one is installed.
 */
export function withShadowDatabase<T>(
  options: ShadowOptions,
  work: (database: ShadowDatabase) => Promise<T>,
): Promise<T> {
  return withShadowServer(options, server => server.withDatabase(work));
}

/**
 * The same for several databases, or for none: they are made when they are asked for.
 * @param options.ahead one will be, most likely: it is begun at once.
 */
export async function withShadowServer<T>(
  { ahead = false, ...options }: ShadowOptions & { readonly ahead?: boolean },
  work: (server: ShadowServer) => Promise<T>,
): Promise<T> {
  const connection = await findShadowServer(options);
  return await withClient(connection, async maintenance => {
    const inTurn = queryInTurn(maintenance);
    const { rows } = await maintenance.query(LOOK, [SHADOW_NAMES]);
    const [{ version, databases }] = rows as [Look];
    for (const { name, sessions } of databases ?? []) {
      if (isLeftOver(name, sessions)) {
        await drop(inTurn, name);
      }
    }
    const spare = ahead ? [create(inTurn)] : [];
    const withDatabase: ShadowServer['withDatabase'] = async run =>
      withNew({ inTurn, server: connection, name: await (spare.pop() ?? create(inTurn)) }, run);
    try {
      return await work({ version, withDatabase });
    } finally {
      await Promise.all(
        spare.map(unused =>
          unused.then(
            name => drop(inTurn, name),
            () => undefined,
          ),
        ),
      );
    }
  });
}

interface Look {
  readonly version: number;
  readonly databases: readonly { readonly name: string; readonly sessions: number }[] | null;
}

const LOOK = `
  select current_setting('server_version_num')::int as version,
         (select json_agg(json_build_object('name', d.datname, 'sessions',
                   (select count(*) from pg_stat_activity a where a.datid = d.oid)))
            from pg_database d where d.datname ~ $1) as databases`;

type InTurn = (sql: string) => Promise<unknown>;

/** Several databases are made at a time, by one connection: one statement after the other, which pg wants to be waited for. */
function queryInTurn(maintenance: pg.Client): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return sql => {
    const result = last.then(() => maintenance.query(sql));
    last = result.catch(() => undefined);
    return result;
  };
}

/** @returns its name. */
function create(inTurn: InTurn): Promise<string> {
  const name = shadowName();
  // template0: whatever somebody has put into template1 stays out
  const created = inTurn(`create database ${quoteIdentifier(name)} template template0`);
  const named = created.then(() => name, explainRefusal);
  // one that is made ahead may fail before anybody waits for it
  named.catch(() => undefined);
  return named;
}

async function withNew<T>(
  { inTurn, server, name }: { inTurn: InTurn; server: pg.ClientConfig; name: string },
  work: (database: ShadowDatabase) => Promise<T>,
): Promise<T> {
  const connection = { ...server, database: name };
  try {
    return await withClient(connection, client => work({ name, client, connection }));
  } finally {
    await drop(inTurn, name);
  }
}

async function withClient<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  // a server that stops under a connection is an event as well as an error of the query
  client.on('error', () => undefined);
  try {
    await client.connect();
    // nothing here has to survive a crash
    await client.query('set synchronous_commit = off; set client_min_messages = warning');
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Another run may be dropping the same left-over. */
async function drop(inTurn: InTurn, name: string): Promise<void> {
  await inTurn(`drop database if exists ${quoteIdentifier(name)} with (force)`).catch(() => undefined);
}

const INSUFFICIENT_PRIVILEGE = '42501';

function explainRefusal(error: unknown): never {
  if (postgresError(error)?.code !== INSUFFICIENT_PRIVILEGE) {
    throw error;
  }
  throw new ServerError(
    {
      title: 'The shadow database cannot be made',
      happens: `The role of ${SHADOW_VARIABLE} may not create databases.`,
      remedy: 'As a superuser of that server: alter role "…" createdb;',
      left: 'Nothing was changed.',
      reference: 'docs/connecting.md',
    },
    { cause: error },
  );
}
