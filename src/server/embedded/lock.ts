/**
 * Keeps two commands from making or starting the same server. The operating system releases the lock with the process,
 * whatever ends it, since it is SQLite's on an empty database: fcntl, or its like elsewhere, which Node does not offer by
 * itself. Nothing breaks where a file system has no such locks: initdb works aside and is renamed into place, and PostgreSQL
 * itself allows one server for a data directory.
 */
import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { alreadyStarting } from './errors.ts';
import { type EmbeddedFolder, giveToOwnerAbove } from './folder.ts';

/** Longer than the slowest start: a recovery after a crash that waits for the disk. */
const PATIENCE_MS = 120_000;

/**
 * Runs `work` while no other command starts or stops this server. While it waits for its turn it asks `meanwhile`, whose
 * answer may spare it the work.
 */
export async function withLock<T>(
  folder: EmbeddedFolder,
  work: () => Promise<T>,
  meanwhile: () => Promise<T | undefined> = async () => undefined,
): Promise<T> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const release = await tryLock(folder.lock);
    if (release) {
      try {
        return await work();
      } finally {
        release();
      }
    }
    const answer = await meanwhile();
    if (answer !== undefined) {
      return answer;
    }
    if (Date.now() > giveUpAt) {
      throw alreadyStarting(folder, PATIENCE_MS);
    }
    await setTimeout(50);
  }
}

/** Takes the lock and gives what releases it; undefined while another process, or another caller in this one, has it. */
async function tryLock(path: string): Promise<(() => void) | undefined> {
  const { DatabaseSync } = await import('node:sqlite');
  prepareFile(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('begin exclusive');
    return () => database.close();
  } catch (error) {
    database.close();
    if (isBusy(error)) {
      return undefined;
    }
    throw error;
  }
}

/**
 * SQLite does not say why it cannot open a file, so it is made and looked at here. One that exists is not opened: to close it
 * would release the locks that this process has on it. https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
function prepareFile(path: string): void {
  if (existsSync(path)) {
    accessSync(path, constants.R_OK | constants.W_OK);
  } else {
    closeSync(openSync(path, 'a', 0o600));
    giveToOwnerAbove(path);
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;
}
