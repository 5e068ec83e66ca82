/** The project beside a shadow database: the same files and settings, run for real where nobody is. */
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Configuration } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type pg from 'pg';
import type { Catalog } from '../catalog/catalog.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { Project } from '../project/project.ts';
import type { ShadowDatabase } from '../proof/shadow.ts';
import { ownTables } from '../runner/journal.ts';
import { OnlineMigrationStorage } from '../runner/migration-storage.ts';
import type { Reporter, RunEvent } from '../runner/report.ts';

export interface ShadowProject {
  readonly project: Project;
  /** A session beside those of the runs. */
  readonly client: pg.Client;
  readonly connection: pg.ClientConfig;
  /** Tables that are neither the entities' nor a migration's, as `schema.name`. */
  readonly own: readonly string[];
  /** Without our own tables. */
  readCatalog(): Promise<Catalog>;
  /** Breaks the connections of the runs at once, as when the process is gone. */
  breakConnections(): void;
  /** When everybody here has noticed. */
  untilBroken(): Promise<void>;
  /** While `work` runs, `hear` gets what the runner reports. */
  hearing<T>(hear: (event: RunEvent) => void, work: () => Promise<T>): Promise<T>;
}

/** Runs `work` with the project on `database`. Nothing of it reaches the project's own database. */
export async function withShadowProject<T>(
  origin: Project,
  database: ShadowDatabase,
  work: (shadow: ShadowProject) => Promise<T>,
): Promise<T> {
  const sockets = new Set<Socket>();
  const openSocket = (): Socket => {
    const socket = new Socket();
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    return socket;
  };
  const config = new Configuration({ ...origin.config.getAll(), ...toOptions(database, openSocket) }, false);
  const driver = config.getDriver() as unknown as PostgreSqlDriver;
  driver.setMetadata(origin.driver.getMetadata());
  const storage = new OnlineMigrationStorage(driver, config.get('migrations'));
  let heard: (event: RunEvent) => void = () => undefined;
  const reporter: Reporter = {
    report: event => heard(event),
    progress: (_activity, _title, run) => run(() => undefined),
  };
  const { discover } = origin;
  const settings = origin.settings();
  // a way past the pooler of the real database does not lead here
  const env: NodeJS.ProcessEnv = { ...process.env, DIRECT_DATABASE_URL: '' };
  const project = new Project({ driver, config, storage, reporter, settings, env, discover });
  const own = ownTables(storage.table());
  const { client, connection } = database;
  try {
    return await work({
      project,
      client,
      connection,
      own,
      readCatalog: () => readCatalog(client, { without: own }),
      breakConnections: () => {
        for (const socket of sockets) {
          socket.destroy();
        }
      },
      untilBroken: async () => {
        while ([...sockets].some(({ destroyed }) => destroyed)) {
          await nextTurn();
        }
        // the pool hears of it a turn later
        await nextTurn();
      },
      hearing: async (hear, run) => {
        heard = hear;
        return await run().finally(() => {
          heard = () => undefined;
        });
      },
    });
  } finally {
    await driver.close(true);
  }
}

/** Nothing here has to survive a crash of the server. */
const SESSION = '-c synchronous_commit=off -c client_min_messages=warning';

function toOptions({ connection }: ShadowDatabase, stream: () => Socket): Record<string, unknown> {
  const { host, port, user, password, database, options, ...driverOptions } = connection;
  return {
    // connections that are broken on purpose are nothing to warn of
    logger: () => undefined,
    clientUrl: undefined,
    replicas: undefined,
    dbName: database,
    host,
    port,
    user,
    password,
    driverOptions: { ...driverOptions, stream, options: [options, SESSION].filter(Boolean).join(' ') },
  };
}
