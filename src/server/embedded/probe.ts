/**
 * Finds out over a connection whether the server on a port is the one we mean.
 */
import pg from 'pg';
import { SUPERUSER } from './cluster.ts';

export interface Probed {
  readonly port: number;
  readonly password: string;
  /** The `cluster_name` it must have. */
  readonly name: string;
  readonly database: string;
}

/**
 * - `ready`, or `no-database` when the server is ours and lacks the database
 * - `not-yet`: nobody answers there, or a server that is starting, stopping or full
 * - `refused`: the password is not the right one
 * - `other`: a server that takes the password and is not this one; a copy of a data directory has the same
 */
export type ProbeAnswer = 'ready' | 'no-database' | 'not-yet' | 'refused' | 'other';

const UNKNOWN_DATABASE = '3D000';
const WRONG_PASSWORD = '28P01';

export async function probeServer(probed: Probed): Promise<ProbeAnswer> {
  try {
    return (await askName(probed)) === probed.name ? 'ready' : 'other';
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === UNKNOWN_DATABASE && probed.database !== 'postgres') {
      const answer = await probeServer({ ...probed, database: 'postgres' });
      return answer === 'ready' ? 'no-database' : answer;
    }
    return code === WRONG_PASSWORD ? 'refused' : 'not-yet';
  }
}

async function askName(probed: Probed): Promise<unknown> {
  return await withEmbeddedClient(probed, async client => {
    const { rows } = await client.query(`select current_setting('cluster_name') as name`);
    return rows[0]?.name;
  });
}

/** Runs `work` with a connection to the server on `port`. */
export async function withEmbeddedClient<T>(
  { port, password, database }: Pick<Probed, 'port' | 'password' | 'database'>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database,
    ssl: false,
    // Given, so that PGOPTIONS does not count: it may be meant for a server that knows other settings.
    options: '-c client_min_messages=warning',
    connectionTimeoutMillis: 5000,
    application_name: 'embedded-server',
  });
  // A server that stops under a connection is an event; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
