/**
 * The folder of a project's embedded server and the small files in it: `data/` is PostgreSQL's, the rest is ours.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface EmbeddedFolder {
  readonly directory: string;
  readonly data: string;
  readonly lock: string;
  readonly passwordFile: string;
  readonly portFile: string;
}

/** The paths; nothing is read or made. */
export function embeddedFolder(directory: string): EmbeddedFolder {
  const inside = (name: string) => join(resolve(directory), name);
  return {
    directory: resolve(directory),
    data: inside('data'),
    lock: inside('lock'),
    passwordFile: inside('password'),
    portFile: inside('port'),
  };
}

/** Makes the folder, closed to others, and invisible to git whatever the project's own .gitignore says. */
export function ensureFolder({ directory }: EmbeddedFolder): void {
  if (!existsSync(directory)) {
    makeUnlessThere(directory);
    // Without /proc the account that root hands the data to has to walk through here.
    chmodSync(directory, process.getuid?.() === 0 && !existsSync('/proc/self/cwd') ? 0o711 : 0o700);
    giveToOwnerAbove(directory);
  }
  if (!existsSync(join(directory, '.gitignore'))) {
    writeFile(join(directory, '.gitignore'), '*\n');
  }
}

function makeUnlessThere(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  }
}

/** The server's password; made now if there is none. Two commands at once end up with the same. */
export function ensurePassword({ passwordFile }: EmbeddedFolder): string {
  if (!existsSync(passwordFile)) {
    const draft = writeDraft(passwordFile, `${randomBytes(24).toString('base64url')}\n`);
    try {
      linkSync(draft, passwordFile);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw error;
      }
    } finally {
      rmSync(draft, { force: true });
    }
  }
  return readFileSync(passwordFile, 'utf8').trim();
}

export function readPassword({ passwordFile }: EmbeddedFolder): string | undefined {
  return readIfThere(passwordFile)?.trim() || undefined;
}

/** The port of the last start, so that a URL stays good from one start to the next. */
export function readPort({ portFile }: EmbeddedFolder): number | undefined {
  const port = Number(readIfThere(portFile));
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
}

export function writePort({ portFile }: EmbeddedFolder, port: number): void {
  writeFile(portFile, `${port}\n`);
}

/** The text of a file, or undefined when it does not exist. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** Other commands see the old text or the new one, never a part. */
function writeFile(path: string, text: string): void {
  renameSync(writeDraft(path, text), path);
}

function writeDraft(path: string, text: string): string {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
  giveToOwnerAbove(draft);
  return draft;
}

/** What root makes in somebody's clone is theirs: otherwise a single `sudo npm start` would lock them out. */
export function giveToOwnerAbove(path: string): void {
  if (process.getuid?.() === 0) {
    const { uid, gid } = statSync(dirname(path));
    chownSync(path, uid, gid);
  }
}

/** Paths as people type them, from where they stand. */
export function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere || '.';
}
