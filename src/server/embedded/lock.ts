/**
 * Keeps two commands from making or starting the same server. The operating system releases the lock with the process,
 * whatever ends it, since it is SQLite's on an empty database: fcntl, or its like elsewhere, which Node does not offer by
 * itself. Nothing breaks where a file system has no such locks: initdb works aside and is renamed into place, and PostgreSQL
 * itself allows one server for a data directory.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { giveToOwnerAbove } from './folder.ts';

/** Takes the lock and gives what releases it; undefined while another process, or another caller in this one, has it. */
export async function tryLock(path: string): Promise<(() => void) | undefined> {
  const { DatabaseSync } = await import('node:sqlite');
  // Made by us, because SQLite does not say why it cannot open a file.
  const isNew = !existsSync(path);
  closeSync(openSync(path, 'a', 0o600));
  if (isNew) {
    giveToOwnerAbove(path);
  }
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

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;
}
