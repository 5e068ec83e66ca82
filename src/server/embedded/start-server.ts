import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { type Cluster, initCluster, readStartLog, startCluster } from './cluster.ts';
import {
  initFailed,
  notADataDirectory,
  notAnswering,
  otherMajor,
  passwordMissing,
  passwordRefused,
  startFailed,
} from './errors.ts';
import { type EmbeddedFolder, ensurePassword, readIfThere, readPassword, readPort, writePort } from './folder.ts';
import { findFreePort } from './port.ts';
import { endOrphans, isPostmasterOf, pidFileOf, readPostmaster, serverName } from './postmaster.ts';
import { probeServer } from './probe.ts';

/** For the development server: everything that was committed survives a power failure, and the log is kept for a week. */
const SETTINGS = {
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_wal_size: '256MB',
  log_checkpoints: 'off',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'server-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_rotation_size: '0',
};

/** How long a server that is alive may take to answer, and the processes of a killed one to go. */
const PATIENCE_MS = 60_000;

/**
 * Makes the data directory if there is none, starts the server and waits until it takes connections. The caller holds the lock.
 * @throws ServerError
 */
export async function startServer(folder: EmbeddedFolder): Promise<void> {
  if (await waitForRunning(folder)) {
    return;
  }
  const account = chooseAccount(folder.data);
  const cluster = { binaries: await findBinaries(account), account, data: folder.data };
  removeUnfinished(folder);
  if (!existsSync(folder.data)) {
    await makeData(folder, cluster);
  }
  assertUsable(folder, cluster);
  adopt(cluster);
  // Whatever process has this number now, it is not a server of ours, and PostgreSQL would take it for one.
  rmSync(pidFileOf(folder.data), { force: true });
  await startOnFreePort(folder, cluster);
}

/**
 * A command that was killed may have left a server that is about to be ready, or to stop.
 * @returns true when it is ready, false when there is none (any more).
 */
async function waitForRunning(folder: EmbeddedFolder): Promise<boolean> {
  const { data } = folder;
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const postmaster = readPostmaster(data);
    if (!postmaster || !isPostmasterOf(data, postmaster)) {
      return false;
    }
    const password = readPassword(folder);
    if (!password) {
      throw passwordMissing(folder);
    }
    const { port } = postmaster;
    const answer = port
      ? await probeServer({ port, password, name: serverName(data), database: 'postgres' })
      : 'not-yet';
    if (answer === 'refused') {
      throw passwordRefused(folder);
    }
    if (answer !== 'not-yet') {
      return answer === 'ready';
    }
    if (Date.now() > giveUpAt) {
      throw notAnswering(folder);
    }
    await setTimeout(50);
  }
}

const UNFINISHED = 'new-';

/** What an initdb that was killed has left; one that is still at work there fails, and nobody waits for it. */
function removeUnfinished({ directory }: EmbeddedFolder): void {
  for (const name of readdirSync(directory).filter(entry => entry.startsWith(UNFINISHED))) {
    try {
      rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // The next start tries again.
    }
  }
}

/** Made aside and renamed: a `data` folder is always a complete one. */
async function makeData(folder: EmbeddedFolder, cluster: Cluster): Promise<void> {
  const { account } = cluster;
  const aside = mkdtempSync(join(folder.directory, UNFINISHED));
  try {
    if (account) {
      chownSync(aside, account.uid, account.gid);
    }
    const data = join(aside, 'data');
    const password = ensurePassword(folder);
    const { code, output } = await initCluster({ ...cluster, data }, { password, settings: SETTINGS, sync: true });
    if (code !== 0) {
      throw initFailed(folder, output);
    }
    renameSync(data, folder.data);
  } finally {
    rmSync(aside, { recursive: true, force: true, maxRetries: 3 });
  }
}

function assertUsable(folder: EmbeddedFolder, { binaries }: Cluster): void {
  const version = readIfThere(join(folder.data, 'PG_VERSION'))?.trim();
  if (!version) {
    throw notADataDirectory(folder);
  }
  if (version !== String(binaries.major)) {
    throw otherMajor(folder, { found: version, wanted: binaries.major });
  }
  if (!readPassword(folder)) {
    throw passwordMissing(folder);
  }
}

/** A copied clone: PostgreSQL wants its data closed to others; what root has copied belongs to root, data and all. */
function adopt({ account, data }: Cluster): void {
  chmodSync(data, 0o700);
  if (account && statSync(data).uid === 0) {
    for (const path of [...readdirSync(data, { recursive: true, encoding: 'utf8' }), '.']) {
      lchownSync(join(data, path), account.uid, account.gid);
    }
  }
}

async function startOnFreePort(folder: EmbeddedFolder, cluster: Cluster): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const remembered = readPort(folder);
    const port = await findFreePort(remembered);
    if (port !== remembered) {
      writePort(folder, port);
    }
    const since = Date.now();
    const { code, output } = await startCluster(cluster, { port, name: serverName(cluster.data) });
    if (code === 0 || (await waitForRunning(folder))) {
      return;
    }
    const wasTaken = (await findFreePort(port)) !== port;
    // After a kill -9 of the server its other processes hold its memory until each has noticed, at the end of its query.
    const isOccupied = readStartLog(cluster.data).includes('pre-existing shared memory block');
    if (isOccupied) {
      endOrphans(cluster.data);
    }
    if (!(wasTaken || isOccupied) || Date.now() > giveUpAt) {
      throw startFailed(folder, { output: `${output}\n${readStartLog(cluster.data)}`, since });
    }
    await setTimeout(wasTaken ? 0 : 100);
  }
}
