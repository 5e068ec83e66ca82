/** Two projects with the same entities in temporary folders: one as this repository is, one with stock MikroORM. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../test/support/project.ts';
import type { EntityModules } from './entities.ts';
import type { Contender } from './measure.ts';

export type Side = 'stock' | 'ours';

export interface BenchProject {
  readonly directory: string;
  /** `mikro-orm` with these arguments on the database at `url`. */
  command(url: string, ...args: string[]): Contender;
  /** Removes what commands leave behind so that the next one need not build the history again. */
  forget(): Promise<void>;
}

/** The folder goes with the server's. */
export async function createProject(side: Side, entities: EntityModules): Promise<BenchProject> {
  const directory = await mkdtemp(join(tmpdir(), `${side}-`));
  const write = (file: string, text: string): Promise<void> => writeFile(join(directory, file), text);
  for (const folder of ['entities', 'migrations', 'node_modules']) {
    await mkdir(join(directory, folder));
  }
  // each package by itself: the cache in node_modules is the project's own
  for (const name of (await readdir(join(repository, 'node_modules'))).filter(entry => entry !== '.cache')) {
    await symlink(join(repository, 'node_modules', name), join(directory, 'node_modules', name));
  }
  await symlink(join(repository, 'src'), join(directory, 'src'));
  await write('package.json', await projectPackage());
  if (side === 'stock') {
    await write('mikro-orm.config.js', STOCK);
  } else {
    await copyFile(join(repository, 'mikro-orm.config.js'), join(directory, 'mikro-orm.config.js'));
    await write('mikro-orm.config.ts', OURS);
  }
  await entities.write(directory);
  return {
    directory,
    command: (url, ...args) => ({
      cwd: directory,
      args: ['node_modules/@mikro-orm/cli/cli.js', ...args],
      env: { ...process.env, DATABASE_URL: url },
    }),
    forget: () => rm(join(directory, 'node_modules/.cache/sunschool-db'), { recursive: true, force: true }),
  };
}

async function projectPackage(): Promise<string> {
  const { type, 'mikro-orm': settings } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
  return JSON.stringify({ name: 'project', type, dependencies: { '@mikro-orm/cli': '*' }, 'mikro-orm': settings });
}

const ENTITIES = `Object.values(entities).filter(value => typeof value === 'function' || 'meta' in value)`;

const STOCK = `
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/postgresql';
import * as entities from './entities/index.ts';

export default defineConfig({
  clientUrl: process.env.DATABASE_URL,
  entities: ${ENTITIES},
  extensions: [Migrator],
  // without it a statement that runs concurrently cannot run
  migrations: { path: './migrations', snapshot: false, allOrNothing: false },
});
`;

const OURS = `
import { defineConfig } from '@mikro-orm/postgresql';
import * as entities from './entities/index.ts';
import { connectionOptions, OnlineMigrator, OnlineSchemaGenerator, OnlineSeedManager } from './src/index.ts';

export default async () =>
  defineConfig({
    baseDir: import.meta.dirname,
    entities: ${ENTITIES},
    extensions: [OnlineSchemaGenerator, OnlineMigrator, OnlineSeedManager],
    migrations: { path: './migrations' },
    ...(await connectionOptions({ env: process.env, cwd: import.meta.dirname })),
  });
`;
