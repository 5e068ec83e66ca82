/**
 * PostgreSQL for development: found if it runs, otherwise started, and left running in the background for the next command.
 *
 * The files are the only memory, and nothing has to be tidied up after a command that was killed: `postmaster.pid` says
 * where a server is, whoever started it; a data directory gets its name only when it is complete.
 */
import pg from 'pg';
import { SUPERUSER } from './cluster.ts';
import { notAnswering, passwordRefused } from './errors.ts';
import { type EmbeddedFolder, embeddedFolder, ensureFolder, readPassword } from './folder.ts';
import { withFolderErrors } from './folder-errors.ts';
import { withLock } from './lock.ts';
import { isPostmasterOf, readPostmaster, serverName } from './postmaster.ts';
import { probeServer, withEmbeddedClient } from './probe.ts';

export interface EmbeddedOptions {
  /** Absolute path of the folder that holds the server's data. It need not exist, its parent must. */
  readonly directory: string;
  readonly database: string;
}

export interface EmbeddedServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** False when it was running already. */
  readonly started: boolean;
}

/**
 * Finds or starts the server and makes sure that the database is there, empty if it is new.
 * @throws ServerError when that is not possible; it says why and what to do.
 */
export async function ensureEmbeddedServer({ directory, database }: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = embeddedFolder(directory);
  return await withFolderErrors(folder, async () => {
    const found = (await findRunning(folder, database)) ?? (await startOnce(folder, database));
    if (!found.hasDatabase) {
      await createDatabase(found, database);
    }
    return toServer(found, database);
  });
}

/** The server if it runs; neither it nor the database is made. */
export async function findEmbeddedServer({
  directory,
  database,
}: EmbeddedOptions): Promise<EmbeddedServer | undefined> {
  const folder = embeddedFolder(directory);
  return await withFolderErrors(folder, async () => {
    const found = await findRunning(folder, database);
    return found && toServer(found, database);
  });
}

/**
 * Stops the server; what it has is written to disk, clients are sent away.
 * @returns false when none was running.
 */
export async function stopEmbeddedServer({ directory }: Pick<EmbeddedOptions, 'directory'>): Promise<boolean> {
  const folder = embeddedFolder(directory);
  return await withFolderErrors(folder, async () => {
    if (!readPostmaster(folder.data)) {
      return false;
    }
    const { stopServer } = await import('./stop-server.ts');
    return await withLock(folder, () => stopServer(folder));
  });
}

/** Drops the database, whoever is connected to it, and makes an empty one of that name. Starts the server if need be. */
export async function recreateEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const server = await ensureEmbeddedServer({ ...options, database: 'postgres' });
  await withEmbeddedClient(server, client =>
    client.query(`drop database if exists ${pg.escapeIdentifier(options.database)} with (force)`),
  );
  return await ensureEmbeddedServer(options);
}

interface Running {
  readonly port: number;
  readonly password: string;
  readonly hasDatabase: boolean;
  readonly started: boolean;
}

function toServer({ port, password, started }: Running, database: string): EmbeddedServer {
  return { host: '127.0.0.1', port, user: SUPERUSER, password, database, started };
}

/** Some 20 ms, most of it the handshake: this stands before every command, so no program is run for it. */
async function findRunning(folder: EmbeddedFolder, database: string): Promise<Running | undefined> {
  const postmaster = readPostmaster(folder.data);
  const password = readPassword(folder);
  if (!postmaster?.port || !password || !isPostmasterOf(folder.data, postmaster)) {
    return undefined;
  }
  const { port } = postmaster;
  const answer = await probeServer({ port, password, name: serverName(folder.data), database });
  if (answer === 'refused') {
    throw passwordRefused(folder);
  }
  return answer === 'ready' || answer === 'no-database'
    ? { port, password, hasDatabase: answer === 'ready', started: false }
    : undefined;
}

async function startOnce(folder: EmbeddedFolder, database: string): Promise<Running> {
  ensureFolder(folder);
  const find = () => findRunning(folder, database);
  const start = async () => {
    const found = await find();
    if (found) {
      return found;
    }
    // Loaded here: most commands find the server running.
    const { startServer } = await import('./start-server.ts');
    await startServer(folder);
    const running = await find();
    if (!running) {
      throw notAnswering(folder);
    }
    return { ...running, started: true };
  };
  return await withLock(folder, start, find);
}

/** Two commands may both find it missing: the second one is told that it exists, in one of two ways. */
const EXISTS = new Set(['42P04', '23505']);

async function createDatabase(running: Running, database: string): Promise<void> {
  await withEmbeddedClient({ ...running, database: 'postgres' }, async client => {
    try {
      await client.query(`create database ${pg.escapeIdentifier(database)}`);
    } catch (error) {
      if (!EXISTS.has((error as { code?: string }).code ?? '')) {
        throw error;
      }
    }
  });
}
