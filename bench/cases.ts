import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../test/support/database.ts';
import { runNode } from '../test/support/project.ts';
import { type EntityModules, generated, sunschool } from './entities.ts';
import { writeHistory, writeThousand } from './history.ts';
import type { Contender, Pair } from './measure.ts';
import { type BenchProject, createProject, type Side } from './projects.ts';

export interface Case {
  readonly name: string;
  /** What both of them do, for people. */
  readonly title: string;
  setUp(): Promise<Pair>;
}

const ADDS_COLUMN = 'migration:create, one new nullable column';

export const CASES: readonly Case[] = [
  {
    name: 'create-6',
    title: `${ADDS_COLUMN}, six entities`,
    setUp: () => pair(side => createsMigration(side, sunschool, 'kept')),
  },
  {
    name: 'create-6-cold',
    title: `${ADDS_COLUMN}, six entities, without the cache`,
    setUp: () => pair(side => createsMigration(side, sunschool, 'forgotten')),
  },
  {
    name: 'create-200',
    title: `${ADDS_COLUMN}, 200 tables`,
    setUp: () => pair(side => createsMigration(side, generated(200), 'kept')),
  },
  {
    name: 'create-200-cold',
    title: `${ADDS_COLUMN}, 200 tables, without the cache`,
    setUp: () => pair(side => createsMigration(side, generated(200), 'forgotten')),
  },
  { name: 'up-nothing', title: 'migration:up, nothing pending', setUp: () => pair(runsNothing) },
  {
    name: 'up-history',
    title: 'migration:up, the whole history on an empty database',
    setUp: () => pair(side => runsAll(side, writeHistory)),
  },
  {
    name: 'up-1000',
    title: 'migration:up, a thousand migrations of one statement',
    setUp: () => pair(side => runsAll(side, writeThousand)),
  },
];

async function pair(contender: (side: Side) => Promise<Contender>): Promise<Pair> {
  return { stock: await contender('stock'), ours: await contender('ours') };
}

async function createsMigration(side: Side, entities: EntityModules, cache: 'kept' | 'forgotten'): Promise<Contender> {
  const project = await createProject(side, entities);
  const { url } = await createTestDatabase();
  await migrateToHead(side, project, { url, isSunschool: entities === sunschool });
  const folder = join(project.directory, 'migrations');
  const head = await readdir(folder);
  let column = '';
  return {
    ...project.command(url, 'migration:create', '--name', 'add_note'),
    // a change that nobody has seen before, as a developer makes it
    prepare: async run => {
      column = `note_${run}`;
      await entities.addColumn(project.directory, column);
      if (cache === 'forgotten') {
        await project.forget();
      }
    },
    settle: async ({ stdout }) => {
      const [written, ...more] = (await readdir(folder)).filter(file => !head.includes(file));
      const source = written === undefined ? '' : await readFile(join(folder, written), 'utf8');
      if (more.length > 0 || !source.includes(`"${column}" text null`)) {
        throw new Error(`${side} has not written the migration for "${column}":\n${stdout}${source}`);
      }
      await rm(join(folder, String(written)));
    },
  };
}

async function migrateToHead(
  side: Side,
  project: BenchProject,
  { url, isSunschool }: { url: string; isSunschool: boolean },
): Promise<void> {
  if (isSunschool) {
    await writeHistory(side, project.directory);
  } else {
    await run(project.command(url, 'migration:create', '--initial'));
  }
  await run(project.command(url, 'migration:up'));
}

async function runsNothing(side: Side): Promise<Contender> {
  const project = await createProject(side, sunschool);
  const { url } = await createTestDatabase();
  await migrateToHead(side, project, { url, isSunschool: true });
  return project.command(url, 'migration:up');
}

async function runsAll(side: Side, write: typeof writeHistory): Promise<Contender> {
  const project = await createProject(side, sunschool);
  await write(side, project.directory);
  let database: TestDatabase | undefined;
  const { env, ...command } = project.command('', 'migration:up');
  const contender = { ...command, env };
  return {
    ...contender,
    prepare: async () => {
      database = await createTestDatabase();
      env.DATABASE_URL = database.url;
    },
    settle: async () => database?.drop(),
  };
}

async function run({ args, cwd, env }: Contender): Promise<void> {
  const { code, stdout, stderr } = await runNode([...args], { cwd, env });
  if (code !== 0) {
    throw new Error(`${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  }
}
