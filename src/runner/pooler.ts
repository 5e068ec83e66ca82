/** Session locks and settings are lost behind a pooler that hands each transaction to another connection. H67. */
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { RefusedError } from '../errors.ts';
import { renderAddress } from '../server/connection/target.ts';
import { readServer } from '../server/settings.ts';
import type { Session, SessionSource } from './session.ts';

/** Connections of the run's own, ended with it. */
export interface OwnSource extends SessionSource {
  /** Only of one past a pooler: where it leads. */
  readonly target?: string;
  end(): Promise<void>;
}

/** The pinned session, the watcher, and as many workers as somebody may want. */
const MOST = 36;

/** Connections with the settings of another pool: the run must not take those that it works with. */
export function openOwnSource({ options }: Pool): OwnSource {
  // pg hides the password from copies
  return ownSource({ ...options, password: options.password });
}

/** @throws SettingsError, ServerError for a URL that cannot be read, or a server that cannot be reached. */
export async function openDirectSource(env: NodeJS.ProcessEnv): Promise<OwnSource> {
  const options = { source: 'DIRECT_DATABASE_URL', env };
  const { dbName: database, driverOptions, ...server } = await readServer(env.DIRECT_DATABASE_URL ?? '', options);
  return { ...ownSource({ ...server, ...driverOptions, database }), target: renderAddress(server) };
}

function ownSource(options: PoolConfig): OwnSource {
  const pool = new Pool({ ...options, min: 0, max: MOST });
  // what a query meets is the query's error; an event without a listener would end the process
  pool.on('error', () => undefined).on('connect', client => client.on('error', () => undefined));
  return { connect: () => pool.connect(), end: () => pool.end() };
}

/** @throws RefusedError when `DIRECT_DATABASE_URL` leads to another database than `DATABASE_URL`. */
export async function assertSameDatabase(direct: PoolClient, through: PoolClient): Promise<void> {
  const read = async (client: PoolClient): Promise<string> => {
    const { rows } = await client.query(
      `select pg_postmaster_start_time()::text || ' ' || oid || ' ' || datname as identity from pg_database where datname = current_database()`,
    );
    return rows[0].identity;
  };
  if ((await read(direct)) !== (await read(through))) {
    throw new RefusedError({
      title: 'DIRECT_DATABASE_URL is another database',
      happens: 'It does not lead to the database of DATABASE_URL.',
      hurts: 'Migrations would run on one and be looked for on the other.',
      remedy: 'Give it the address of the same database, past the pooler.',
      left: 'Nothing was changed.',
    });
  }
}

/** One that takes its connections in turn can hand out the same ones for a while. */
const ROUNDS = 6;

/**
 * Call it before anything is set: in such a pool a setting stays with a connection that serves others next.
 * @throws RefusedError behind a pooler that hands each transaction to another connection.
 */
export async function assertKeepsSessions(source: SessionSource): Promise<void> {
  const client = await source.connect();
  try {
    const pid = await readPid(client);
    // something between us and the server hands our statements on: the server tells another pid than we were told
    const isPooled = pid !== (client as { processID?: number }).processID;
    if (isPooled && (await isPooledByTransaction({ client, pid }, source))) {
      throw pooledError();
    }
  } finally {
    client.release();
  }
}

/**
 * Whether the session is handed another backend from transaction to transaction: two sessions that run transactions by turns
 * keep their backends, or meet each other's.
 */
async function isPooledByTransaction(
  session: Pick<Session, 'client' | 'pid'>,
  source: SessionSource,
): Promise<boolean> {
  const other = await source.connect();
  const [own, others] = [new Set([session.pid]), new Set<number>()];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      own.add(await readPid(session.client));
      await other.query('begin');
      others.add(await readPid(other));
      own.add(await readPid(session.client));
      await other.query('rollback');
      // one more, so that those that go round do not stay in step
      own.add(await readPid(session.client));
    }
    return own.size > 1 || others.size > 1 || !own.isDisjointFrom(others);
  } catch {
    // a pooler that hands over each statement refuses `begin`
    return true;
  } finally {
    await other.query('rollback').catch(() => undefined);
    other.release();
  }
}

async function readPid(client: PoolClient): Promise<number> {
  return (await client.query('select pg_backend_pid() as pid')).rows[0].pid;
}

function pooledError(): RefusedError {
  return new RefusedError({
    title: 'Migrations cannot run through this pooler',
    happens: 'Between us and PostgreSQL is a pooler in transaction mode: each transaction may get another connection.',
    hurts: 'The lock that keeps a second run away, and the timeouts that protect the school, would be lost in between.',
    remedy: [
      'Give the address of the server itself, past the pooler:',
      '  DIRECT_DATABASE_URL=postgresql://… npm run migrate',
    ],
    left: 'Nothing was changed.',
    reference: 'docs/connecting.md',
  });
}
