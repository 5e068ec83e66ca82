/** Connections that the runner holds: pinned, known by name in pg_stat_activity, and soon gone when we are. */
import type { PoolClient } from 'pg';
import { postgresError } from '../errors.ts';

export interface Session {
  readonly client: PoolClient;
  /** Of its backend. */
  readonly pid: number;
}

/** Where sessions come from: MikroORM's pool, or one past a pooler. */
export interface SessionSource {
  connect(): Promise<PoolClient>;
}

export interface SessionOptions {
  /** As `renderApplicationName` gives it. */
  readonly applicationName: string;
  /** The only schema that unqualified names mean, where a run has one. */
  readonly schema?: string;
}

/**
 * Everything that a session of ours sets. A backend whose client is gone, or stands still inside a transaction, gives up its
 * locks in seconds: without that it goes on with its statement for as long as that takes.
 * https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL
 */
const SETTINGS = {
  idle_in_transaction_session_timeout: '15s',
  lock_timeout: '0',
  statement_timeout: '0',
} as const;

/** Not every platform of the server knows these. */
export const NETWORK_SETTINGS = {
  client_connection_check_interval: '500ms',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
} as const;

/** Opens a session. Give it back with `closeSession`, whatever happened. */
export async function openSession(source: SessionSource, options: SessionOptions): Promise<Session> {
  const client = await source.connect();
  try {
    const settings = {
      application_name: options.applicationName,
      ...SETTINGS,
      ...(options.schema === undefined ? {} : { search_path: `"${options.schema.replaceAll('"', '""')}"` }),
    };
    const { pid, before } = await apply(client, settings);
    originals.set(client, before);
    return { client, pid };
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Puts back what the session had set before, and gives the connection back; one that is broken is closed. */
export async function closeSession({ client }: Session): Promise<void> {
  const before = originals.get(client) ?? {};
  try {
    const values = Object.entries(before).flat();
    const sets = Object.keys(before).map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
    await client.query(`select ${sets.join(', ')}`, values);
    client.release();
  } catch {
    client.release(true);
  }
}

export async function withSession<T>(
  source: SessionSource,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(source, options);
  try {
    return await work(session);
  } finally {
    await closeSession(session);
  }
}

export async function setApplicationName(client: PoolClient, name: string): Promise<void> {
  await client.query(`select set_config('application_name', $1, false)`, [name]);
}

const originals = new WeakMap<PoolClient, Readonly<Record<string, string>>>();

interface Applied {
  readonly pid: number;
  readonly before: Record<string, string>;
}

async function apply(client: PoolClient, settings: Readonly<Record<string, string>>): Promise<Applied> {
  try {
    return await set(client, { ...settings, ...NETWORK_SETTINGS });
  } catch (error) {
    // invalid_parameter_value, feature_not_supported
    if (!['22023', '0A000'].includes(postgresError(error)?.code ?? '')) {
      throw error;
    }
    return await set(client, settings);
  }
}

/** What was set before is read in the same round trip. */
async function set(client: PoolClient, settings: Readonly<Record<string, string>>): Promise<Applied> {
  const names = Object.keys(settings);
  const befores = names.map((_, index) => `current_setting($${2 * index + 1}) as b${index}`);
  const sets = names.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false) as s${index}`);
  const { rows } = await client.query(
    `with before as materialized (select pg_backend_pid() as pid, ${befores.join(', ')})
     select before.*, ${sets.join(', ')} from before`,
    Object.entries(settings).flat(),
  );
  return {
    pid: rows[0].pid,
    before: Object.fromEntries(names.map((name, index) => [name, rows[0][`b${index}`]])),
  };
}
