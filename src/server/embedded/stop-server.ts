import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { stopCluster } from './cluster.ts';
import { stopFailed } from './errors.ts';
import type { EmbeddedFolder } from './folder.ts';
import { isPostmasterOf, readPostmaster } from './postmaster.ts';

/**
 * Stops the server. The caller holds the lock.
 * @returns false when none runs.
 * @throws ServerError
 */
export async function stopServer(folder: EmbeddedFolder): Promise<boolean> {
  const { data } = folder;
  const postmaster = readPostmaster(data);
  if (!postmaster || !isPostmasterOf(data, postmaster)) {
    return false;
  }
  const account = chooseAccount(data);
  const cluster = { binaries: await findBinaries(account), account, data };
  const { code, output } = await stopCluster(cluster, { mode: 'fast' });
  if (code !== 0) {
    throw stopFailed(folder, { pid: postmaster.pid, output });
  }
  return true;
}
