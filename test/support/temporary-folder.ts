import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder that only its owner may enter; `await using` or `using` removes it with what is in it. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(placeForFiles(), 'test-'));
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  return { path, [Symbol.dispose]: remove };
}

/**
 * In memory, where that has room: a database is some 300 files, and to make those takes 10 ms there, up to 250 ms on a disk.
 * Containers have 64 MB of it, too little; a TMPDIR of the caller's own is taken at its word.
 */
export function placeForFiles(): string {
  const memory = '/dev/shm';
  if (process.env.TMPDIR || process.platform !== 'linux' || !existsSync(memory)) {
    return tmpdir();
  }
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= 4 * 1024 ** 3 ? memory : tmpdir();
}
