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
import { type Cluster, initCluster } from './cluster.ts';
import { initFailed, notADataDirectory, otherMajor, passwordMissing } from './errors.ts';
import { type EmbeddedFolder, ensurePassword, readIfThere, readPassword } from './folder.ts';

/** For the development server: everything that was committed survives a power failure, and the log is kept for a week. */
const SETTINGS = {
  timezone: 'UTC',
  log_timezone: 'UTC',
  // in the data folder instead of /dev/shm: nothing is left anywhere else, however initdb or the server ends
  dynamic_shared_memory_type: 'mmap',
  max_wal_size: '256MB',
  log_checkpoints: 'off',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'server-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_rotation_size: '0',
};

/**
 * Makes the data directory if there is none, and makes sure that this PostgreSQL can work in the one that there is. The caller
 * holds the lock, and no server runs.
 * @throws ServerError
 */
export async function ensureData(folder: EmbeddedFolder, cluster: Cluster): Promise<void> {
  removeUnfinished(folder);
  if (!existsSync(folder.data)) {
    await makeData(folder, cluster);
    // an initdb whose command was killed may have gone on writing until now
    removeUnfinished(folder);
  }
  assertUsable(folder, cluster);
  adopt(cluster);
}

const UNFINISHED = 'new-';

/** What an initdb that was killed has left; one that is still at work there fails, and nobody waits for it. */
function removeUnfinished({ directory }: EmbeddedFolder): void {
  for (const name of readdirSync(directory).filter(entry => entry.startsWith(UNFINISHED))) {
    try {
      rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
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
