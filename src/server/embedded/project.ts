/** Where a project keeps its embedded server, and what its database is called: the same from each of its folders. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SettingsError } from '../../errors.ts';
import type { EmbeddedOptions } from './embedded-server.ts';

export interface ProjectSettings {
  /** Name of the development database. */
  readonly database: string;
  /** The oldest major version of PostgreSQL that migrations have to run on; the server they are made on counts when absent. */
  readonly oldestPostgres?: number;
}

/** What `ensureEmbeddedServer` takes, for the project that `cwd` is in. */
export function projectServer(cwd: string): EmbeddedOptions {
  return { directory: embeddedDirectory(cwd), database: readProjectSettings(cwd).database };
}

/** The folder `.postgres` beside the nearest package.json. */
export function embeddedDirectory(cwd: string): string {
  return join(projectRoot(cwd), '.postgres');
}

/**
 * Reads the key "sunschool-db" of the nearest package.json; the database is called like the package unless it says otherwise.
 * @throws SettingsError
 */
export function readProjectSettings(cwd: string): ProjectSettings {
  const path = join(projectRoot(cwd), 'package.json');
  const manifest = existsSync(path) ? readManifest(path) : {};
  const database = manifest['sunschool-db']?.database ?? nameFrom(manifest.name);
  // PostgreSQL would cut a longer name short, and then not find it.
  const isName = typeof database === 'string' && database !== '' && Buffer.byteLength(database) <= 63;
  if (!isName || SERVERS_OWN.has(database)) {
    throw new SettingsError({
      title: 'Bad setting: "sunschool-db" in package.json',
      happens: `"database" is ${JSON.stringify(database)}; expected is the name of a database of yours, 1 to 63 bytes long.`,
      remedy: '"sunschool-db": { "database": "my_database" }',
    });
  }
  return { database, ...readOldestPostgres(manifest) };
}

function readOldestPostgres(manifest: Manifest): Pick<ProjectSettings, 'oldestPostgres'> {
  const oldest = manifest['sunschool-db']?.oldestPostgres;
  if (oldest === undefined) {
    return {};
  }
  if (typeof oldest !== 'number' || !Number.isInteger(oldest) || oldest < 15) {
    throw new SettingsError({
      title: 'Bad setting: "sunschool-db" in package.json',
      happens: `"oldestPostgres" is ${JSON.stringify(oldest)}; expected is a major version, 15 or later.`,
      remedy: '"sunschool-db": { "oldestPostgres": 15 }',
    });
  }
  return { oldestPostgres: oldest };
}

/** They are there in every server, and are needed to make or drop another one. */
const SERVERS_OWN = new Set(['postgres', 'template0', 'template1']);

interface Manifest {
  readonly name?: string;
  readonly 'sunschool-db'?: { readonly database?: unknown; readonly oldestPostgres?: unknown };
}

function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch (error) {
    throw new SettingsError(
      { title: 'Bad file: package.json', subject: path, happens: 'It is not JSON.', remedy: 'Correct it.' },
      { cause: error },
    );
  }
}

/** `@acme/my-app` becomes `acme_my_app`. */
function nameFrom(packageName = 'development'): string {
  return packageName.toLowerCase().replace(/^@/, '').replace(/\W+/g, '_').slice(0, 63);
}

/** The nearest folder with a package.json, from `cwd` upwards; `cwd` itself when there is none. */
function projectRoot(cwd: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) {
      return folder;
    }
    if (folder === dirname(folder)) {
      return resolve(cwd);
    }
  }
}
