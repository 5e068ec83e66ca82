/** What the main branch has, as git knows it here: nothing is fetched. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { SettingsError } from '../errors.ts';

export interface MainBranch {
  readonly ref: string;
  /** Names of the files in the folder. */
  readonly files: ReadonlySet<string>;
}

/** The server's branch rather than one's own copy of it, which may be behind or ahead. */
const REFS = ['origin/main', 'main', 'origin/master', 'master'];

/**
 * @param ref a branch or commit; by default the first of origin/main, main, origin/master and master that there is.
 * @returns undefined where there is no git, no repository or none of these.
 * @throws SettingsError for a `ref` that is given and does not exist.
 */
export async function readMainBranch(directory: string, ref?: string): Promise<MainBranch | undefined> {
  for (const candidate of ref === undefined ? REFS : [ref]) {
    const found = await readBranch(directory, candidate);
    if (found) {
      return found;
    }
  }
  if (ref === undefined) {
    return undefined;
  }
  throw new SettingsError({
    title: 'Bad setting: --base',
    subject: ref,
    happens: 'git knows no branch or commit of that name here.',
    remedy: 'git fetch, or give another: --base origin/main',
    left: 'No file was moved.',
  });
}

async function readBranch(directory: string, ref: string): Promise<MainBranch | undefined> {
  if (!existsSync(directory)) {
    return undefined;
  }
  // quoted names would not be those of the files; a ref that begins with a hyphen is no option
  const args = ['-c', 'core.quotePath=false', 'ls-tree', '--name-only', '--end-of-options', `${ref}^{commit}`, './'];
  try {
    const { stdout } = await promisify(execFile)('git', args, { cwd: directory });
    return { ref, files: new Set(stdout.split('\n').filter(name => name !== '')) };
  } catch {
    return undefined;
  }
}
