import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { withDatabase } from './support/database.ts';
import { repository, runNode } from './support/project.ts';

const run = promisify(execFile);

describe('the package', () => {
  it('installs into a blank MikroORM project, which creates and runs a migration', async function () {
    this.timeout(60_000);
    const directory = await mkdtemp(join(tmpdir(), 'blank-'));
    try {
      const tarball = await pack(directory);
      await copyDependencies(directory);
      await writeFile(join(directory, 'package.json'), JSON.stringify(PACKAGE));
      await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', tarball], {
        cwd: directory,
      });
      await writeFile(join(directory, 'mikro-orm.config.js'), CONFIG);
      await withDatabase(async ({ url }) => {
        const env = { ...process.env, DATABASE_URL: url };
        const mikroOrm = (...args: string[]) =>
          runNode(['node_modules/.bin/mikro-orm', ...args], { cwd: directory, env });
        expect((await mikroOrm('migration:create', '--name', 'notes')).stdout).to.include(
          '0000_notes.ts successfully created',
        );
        const text = await readFile(join(directory, 'migrations/0000_notes.ts'), 'utf8');
        expect(text).to.include("import { OnlineMigration } from 'sunschool-db';");
        const up = await mikroOrm('migration:up');
        expect(up.code, up.stderr).to.equal(0);
        expect((await mikroOrm('migration:check')).stdout).to.include('No changes required');
        const status = await runNode(['node_modules/.bin/sunschool-db', 'migrate:status'], { cwd: directory, env });
        expect(status.stdout).to.include('1 executed, 0 pending.');
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

/** Makes the tarball, JavaScript and declarations inside. */
async function pack(directory: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', directory], {
    cwd: repository,
  });
  const packed: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  const [{ filename, files }] = Object.values(
    packed as Record<string, { filename: string; files: { path: string }[] }>,
  ) as [{ filename: string; files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  expect(paths).to.include.members(['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'README.md', 'LICENSE']);
  expect(paths.filter(path => /^(src|test|entities|seeders|migrations|runtime)\//.test(path))).to.deep.equal([]);
  return join(directory, filename);
}

/** What the package depends on, from this checkout, laid out as npm leaves it, so that the test needs no registry. */
async function copyDependencies(directory: string): Promise<void> {
  const { packages }: { packages: Record<string, LockEntry> } = JSON.parse(
    await readFile(join(repository, 'package-lock.json'), 'utf8'),
  );
  const commands = join(directory, 'node_modules/.bin');
  await mkdir(commands, { recursive: true });
  for (const [path, { dev, optional, devOptional, link, bin = {} }] of Object.entries(packages)) {
    if (dev || optional || devOptional || link || !/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path)) {
      continue;
    }
    await cp(join(repository, path), join(directory, path), { recursive: true });
    for (const [command, file] of Object.entries(bin)) {
      await symlink(relative(commands, join(directory, path, file)), join(commands, command));
    }
  }
}

interface LockEntry {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly bin?: Record<string, string>;
}

const PACKAGE = {
  name: 'blank',
  private: true,
  type: 'module',
  'mikro-orm': { preferTs: false, configPaths: ['./mikro-orm.config.js'] },
  dependencies: { '@mikro-orm/cli': '7.2.1', '@mikro-orm/core': '7.2.1', '@mikro-orm/postgresql': '7.2.1' },
};

const CONFIG = `
import { defineConfig, defineEntity, p } from '@mikro-orm/postgresql';
import { connectionOptions, OnlineMigrator, OnlineSchemaGenerator, OnlineSeedManager } from 'sunschool-db';

const Note = defineEntity({ name: 'Note', tableName: 'notes', properties: { id: p.integer().primary(), text: p.text() } });

export default async () =>
  defineConfig({
    entities: [Note],
    extensions: [OnlineSchemaGenerator, OnlineMigrator, OnlineSeedManager],
    ...(await connectionOptions({ env: process.env, cwd: import.meta.dirname })),
  });
`;
