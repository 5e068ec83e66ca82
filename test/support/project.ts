/**
 * A project of its own in a temporary folder: entities, configuration and migrations as a user has them, and the command line as a
 * user types it, in real processes.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const repository = resolve(import.meta.dirname, '../..');

export interface Finished {
  /** The exit code, or the name of the signal that ended the process. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Project extends AsyncDisposable {
  readonly directory: string;
  /** What names the database. */
  readonly env: NodeJS.ProcessEnv;
  /** Writes a file of the project. */
  write(file: string, text: string): Promise<void>;
  /** Replaces the entity classes: the body of a module that has `defineEntity` and `p` in scope. */
  writeEntities(source: string): Promise<void>;
  /** Runs `mikro-orm` with these arguments. */
  mikroOrm(...args: string[]): Promise<Finished>;
  /** Runs our own command line. */
  sunschool(...args: string[]): Promise<Finished>;
  run(args: string[], env?: NodeJS.ProcessEnv): Promise<Finished>;
  migrations(): Promise<string[]>;
  readMigration(file: string): Promise<string>;
}

/** A project whose commands work on the database at `url`. */
export async function createProject(url: string, entities = ''): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'project-'));
  const write = (file: string, text: string): Promise<void> => writeFile(join(directory, file), text);
  await symlink(join(repository, 'node_modules'), join(directory, 'node_modules'));
  await mkdir(join(directory, 'migrations'));
  await write('package.json', JSON.stringify(PACKAGE));
  await write('mikro-orm.config.js', CONFIG);
  const project: Project = {
    directory,
    env: { DATABASE_URL: url },
    write,
    writeEntities: source => write('entities.js', `import { defineEntity, p } from '@mikro-orm/core';\n${source}\n`),
    mikroOrm: (...args) => project.run(['node_modules/.bin/mikro-orm', ...args]),
    sunschool: (...args) => project.run([join(repository, 'src/cli/main.ts'), ...args]),
    run: (args, env = {}) => runNode(args, { cwd: directory, env: { ...process.env, DATABASE_URL: url, ...env } }),
    migrations: async () => (await readdir(join(directory, 'migrations'))).sort(),
    readMigration: file => readFile(join(directory, 'migrations', file), 'utf8'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
  await project.writeEntities(entities);
  return project;
}

/** Runs Node with `args` and waits for its end. */
export async function runNode(args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Finished> {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text.stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text.stderr += part));
  return new Promise((done, fail) => {
    child.once('error', fail).once('close', (code, signal) => done({ code: code ?? signal ?? 'unknown', ...text }));
  });
}

const PACKAGE = {
  name: 'project',
  type: 'module',
  dependencies: { '@mikro-orm/cli': '*' },
  'mikro-orm': { preferTs: false, configPaths: ['./mikro-orm.config.js'] },
};

const CONFIG = `
import { defineConfig } from '@mikro-orm/postgresql';
import { connectionOptions, OnlineMigrator, OnlineSchemaGenerator, OnlineSeedManager } from '${pathToFileURL(join(repository, 'src/index.ts'))}';
import * as entities from './entities.js';

export default async () =>
  defineConfig({
    entities: Object.values(entities),
    discovery: { warnWhenNoEntities: false },
    extensions: [OnlineSchemaGenerator, OnlineMigrator, OnlineSeedManager],
    migrations: { path: './migrations' },
    ...(await connectionOptions({ env: process.env, cwd: import.meta.dirname })),
  });
`;
