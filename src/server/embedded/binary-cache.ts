/**
 * A copy of PostgreSQL's programs where an unprivileged account can run them. PostgreSQL finds its libraries by the real path
 * of its program, so a folder that only root may enter hides it from every other account, whatever the working folder.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CopyOptions {
  /** The package's `native` folder. */
  readonly native: string;
  /** What tells this copy from others: version and platform. */
  readonly key: string;
  /** Completes a fresh copy before others can see it. */
  readonly finish: (folder: string) => unknown;
  readonly isUsable: (folder: string) => Promise<boolean>;
}

/** The folder that holds `native` as a copy, made now or earlier; undefined where no place for it works. */
export async function copyToCache(options: CopyOptions): Promise<string | undefined> {
  for (const place of cachePlaces()) {
    try {
      const folder = prepareCopy(place, options);
      if (folder && (await options.isUsable(folder))) {
        return folder;
      }
    } catch {
      // Not writable, full or mounted without exec: the next place may do.
    }
  }
  return undefined;
}

/** A temporary folder comes last: it may be cleaned, and its own path may be closed to other accounts. */
function cachePlaces(): string[] {
  const first = process.getuid?.() === 0 ? ['/var/cache'] : [process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')];
  return [...new Set([...first, tmpdir(), '/tmp', '/var/tmp'])];
}

function prepareCopy(place: string, { native, key, finish }: CopyOptions): string | undefined {
  const base = join(place, `embedded-postgres-${process.getuid?.() ?? 'user'}`);
  mkdirSync(base, { recursive: true, mode: 0o755 });
  if (!isOursAlone(base)) {
    return undefined;
  }
  const folder = join(base, key);
  if (!existsSync(folder) || countFiles(folder) < countFiles(native)) {
    rmSync(folder, { recursive: true, force: true });
    const fresh = mkdtempSync(join(base, 'new-'));
    try {
      copyReadable(native, join(fresh, 'native'));
      finish(fresh);
      chmodSync(fresh, 0o755);
      renameSync(fresh, folder);
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      // Another command was quicker: its copy is as good.
      if (!existsSync(folder)) {
        throw error;
      }
    }
  }
  return folder;
}

/** False for a folder that somebody else has put there, or could change: we are about to run what it holds. */
function isOursAlone(path: string): boolean {
  const { uid, mode } = lstatSync(path);
  return uid === (process.getuid?.() ?? uid) && lstatSync(path).isDirectory() && (mode & 0o022) === 0;
}

/** Static libraries are for building other programs: a tenth of the size. */
const isNeeded = (path: string) => !path.endsWith('.a');

function countFiles(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(isNeeded).length;
}

/** Copies a folder so that everybody can read it, whatever umask it was installed with. */
function copyReadable(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) {
      const runs = entry.isDirectory() || entry.parentPath === join(to, 'bin');
      chmodSync(join(entry.parentPath, entry.name), runs ? 0o755 : 0o644);
    }
  }
  chmodSync(to, 0o755);
}
