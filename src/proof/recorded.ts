/** What a shadow database answered, kept in a file, so that an unchanged history need not be built again. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Queryable } from '../catalog/queryable.ts';
import { embeddedDirectory } from '../server/embedded/project.ts';
import type { ShadowServer } from './shadow.ts';

export interface BuiltDatabase {
  /** Everything that the database is made of. */
  readonly key: readonly string[];
  build(client: Queryable): Promise<void>;
}

export interface RecordOptions {
  readonly server: ShadowServer;
  /** Absent: nothing is kept. A folder that cannot be written to is no error. */
  readonly cacheDirectory?: string;
}

/** Where tools of a project keep such files; undefined where nothing is installed. */
export function findCacheDirectory(cwd: string): string | undefined {
  const modules = join(dirname(embeddedDirectory(cwd)), 'node_modules');
  return existsSync(modules) ? join(modules, '.cache', 'sunschool-db') : undefined;
}

type Answers = Record<string, Record<string, unknown>[]>;

/**
 * Reads something from a database that is built only for this. `read` may ask queries without parameters; it is given the
 * answers of the last time where the key, the server's version and the queries are the same, and may be called twice.
 */
export async function readBuilt<T>(
  { key, build }: BuiltDatabase,
  { server, cacheDirectory }: RecordOptions,
  read: (database: Queryable) => Promise<T>,
): Promise<T> {
  const file = cacheDirectory && join(cacheDirectory, `${hash([String(server.version), ...key])}.json`);
  const answers = file ? await loadAnswers(file) : undefined;
  if (answers) {
    try {
      return await read(replaying(answers));
    } catch (error) {
      if (!(error instanceof UnknownQuery)) {
        throw error;
      }
    }
  }
  return await server.withDatabase(async ({ client }) => {
    await build(client);
    const recorded: Answers = {};
    const result = await read(recording(client, recorded));
    if (file && cacheDirectory) {
      await saveAnswers(cacheDirectory, file, { ...answers, ...recorded }).catch(() => undefined);
    }
    return result;
  });
}

class UnknownQuery extends Error {}

function replaying(answers: Answers): Queryable {
  return {
    query: async sql => {
      const rows = answers[sql];
      if (!rows) {
        throw new UnknownQuery(sql);
      }
      return { rows: structuredClone(rows) };
    },
  };
}

function recording(client: Queryable, answers: Answers): Queryable {
  return {
    query: async (sql, values) => {
      if (values !== undefined) {
        throw new Error(`A recorded query takes no parameters: ${sql}`);
      }
      const { rows } = await client.query(sql);
      // as they will come out of the file
      answers[sql] = JSON.parse(JSON.stringify(rows));
      return { rows };
    },
  };
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** A file that is not there, or cut short, is one that was never written. */
async function loadAnswers(file: string): Promise<Answers | undefined> {
  try {
    const answers = JSON.parse(await readFile(file, 'utf8')) as Answers;
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined);
    return answers;
  } catch {
    return undefined;
  }
}

const KEPT_FILES = 30;

async function saveAnswers(directory: string, file: string, answers: Answers): Promise<void> {
  await mkdir(directory, { recursive: true });
  const unfinished = `${file}.${randomUUID()}`;
  await writeFile(unfinished, JSON.stringify(answers));
  await rename(unfinished, file);
  const files = await Promise.all(
    (await readdir(directory)).map(async name => {
      const path = join(directory, name);
      return { path, usedAt: (await stat(path)).mtimeMs };
    }),
  );
  const old = files.sort((a, b) => b.usedAt - a.usedAt).slice(KEPT_FILES);
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}
