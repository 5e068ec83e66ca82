import { rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { type Cluster, readStartLog, startCluster } from './cluster.ts';
import { ensureData } from './data-directory.ts';
import { notAnswering, passwordMissing, passwordRefused, startFailed } from './errors.ts';
import { type EmbeddedFolder, readPassword, readPort, writePort } from './folder.ts';
import { findFreePort } from './port.ts';
import { endOrphans, isPostmasterOf, pidFileOf, readPostmaster, serverName } from './postmaster.ts';
import { probeServer } from './probe.ts';

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
  await ensureData(folder, cluster);
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
