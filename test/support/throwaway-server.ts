/**
 * The process that keeps the PostgreSQL server of a test run. It starts the server, prints where it is as one line of JSON,
 * and waits for the end of its stdin: that comes when the tests close it, and also when they are killed, whatever the signal.
 * Then the server goes, and all that the tests left. It runs in a session of its own, so that a Ctrl-C does not reach it.
 */
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chooseAccount } from '../../src/server/embedded/account.ts';
import { findBinaries } from '../../src/server/embedded/binaries.ts';
import { type Cluster, initCluster, SUPERUSER, startCluster } from '../../src/server/embedded/cluster.ts';
import { findFreePort } from '../../src/server/embedded/port.ts';
import type { Finished } from '../../src/server/embedded/run-binary.ts';
import { clearRunFolder, makeRunFolder } from './run-folder.ts';
import type { TestServer } from './server.ts';

/** Nothing here has to survive anything. */
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

// Whoever would read this may be dead already: that alone is no reason to leave anything behind.
process.stdout.on('error', () => undefined);
const abandoned = new Promise(resolve => process.stdin.resume().once('end', resolve).once('error', resolve));

const folder = makeRunFolder();
try {
  const server = await Promise.race([startServer(), abandoned]);
  process.stdout.write(`${JSON.stringify(server)}\n`);
  await abandoned;
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`);
} finally {
  await clearRunFolder(folder);
}
process.exit();

async function startServer(): Promise<TestServer> {
  const parent = join(folder.path, 'server');
  mkdirSync(parent, { mode: 0o700 });
  const account = chooseAccount(parent);
  if (account) {
    chownSync(parent, account.uid, account.gid);
  }
  const cluster: Cluster = { binaries: await findBinaries(account), account, data: join(parent, 'data') };
  const password = randomBytes(16).toString('hex');
  assertDone(await initCluster(cluster, { password, settings: SETTINGS, sync: false }));
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const started = await startCluster(cluster, { port, name: 'throwaway' });
    // Between the look for a free port and the start another program can have taken it.
    if (started.code === 0 || attempt === 3 || existsSync(join(cluster.data, 'postmaster.pid'))) {
      assertDone(started);
      return { host: '127.0.0.1', port, user: SUPERUSER, password, temporary: folder.temporary };
    }
  }
}

function assertDone({ code, output }: Finished): void {
  if (code !== 0) {
    throw new Error(output);
  }
}
