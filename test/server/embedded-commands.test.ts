import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { withClient } from '../support/database.ts';
import { type EmbeddedProject, embeddedProject } from '../support/embedded-project.ts';

const repository = resolve(fileURLToPath(import.meta.url), '../../..');

describe('npm run db:start, db:url, db:stop', () => {
  it('start the server, print its URL alone, and stop it', async () => {
    await using project = schoolProject();
    const started = await run(project, ['db:start']);
    const again = await run(project, ['db:start']);
    const url = await run(project, ['db:url']);
    const stopped = await run(project, ['db:stop']);
    const stoppedAgain = await run(project, ['db:stop']);
    expect(started.stdout).to.match(
      /^The embedded PostgreSQL runs now: 127\.0\.0\.1:\d+, database little_school, data in \.postgres\/\n$/,
    );
    expect(again.stdout).to.match(/^The embedded PostgreSQL was running already: /);
    expect(url.stdout).to.match(/^postgresql:\/\/postgres:[\w-]+@127\.0\.0\.1:\d+\/little_school\n$/);
    expect(stopped.stdout).to.match(/^The embedded PostgreSQL is stopped; its data stay in \.postgres\/\n$/);
    expect(stoppedAgain.stdout).to.equal('The embedded PostgreSQL is not running: nothing to do.\n');
    const others = [started, again, stopped, stoppedAgain].map(({ stdout, stderr }) => stdout + stderr).join();
    expect(others).to.not.include(readFileSync(project.inside('password'), 'utf8').trim());
    expect([started, again, url, stopped, stoppedAgain].map(({ code }) => code)).to.deep.equal([0, 0, 0, 0, 0]);
  });

  it('print DATABASE_URL where it is set', async () => {
    await using project = schoolProject();
    const url = 'postgresql://teacher:p%40ss@db.example.com/school';
    expect(await run(project, ['db:url'], { DATABASE_URL: url })).to.deep.include({ code: 0, stdout: `${url}\n` });
  });
});

describe('npm run db:reset', () => {
  it('drops the development database and builds it anew by the migrations', async () => {
    await using project = schoolProject();
    const url = (await run(project, ['db:url'])).stdout.trim();
    await withClient(url, client => client.query('create table forgotten ()'));
    expect(await run(project, ['db:reset', '--yes'])).to.deep.include({
      code: 0,
      stdout: 'The database little_school is built anew: 1 migration, no data. Next: npm run db:seed\n',
    });
    const { rows } = await withClient(url, client =>
      client.query(`select to_regclass('lessons')::text as lessons, to_regclass('forgotten') as forgotten`),
    );
    expect(rows).to.deep.equal([{ lessons: 'lessons', forgotten: null }]);
  });

  it('refuses without a terminal and without --yes, and any server that is not the embedded one', async () => {
    await using project = schoolProject();
    const silent = await run(project, ['db:reset']);
    expect(silent).to.deep.include({ code: 2, stdout: '' });
    expect(silent.stderr).to.include('npm run db:reset -- --yes');
    const elsewhere = await run(project, ['db:reset', '--yes'], {
      DATABASE_URL: 'postgresql://me:secret@127.0.0.1:1/x',
    });
    expect(elsewhere).to.deep.include({ code: 2, stdout: '' });
    expect(elsewhere.stderr).to.include('not the embedded one').and.not.include('secret');
  });
});

/** A project with one migration whose configuration is made as ours is. */
function schoolProject(): EmbeddedProject {
  const project = embeddedProject();
  const write = (name: string, text: string) => writeFileSync(join(project.root, name), text);
  const ours = JSON.stringify(join(repository, 'src/index.ts'));
  write(
    'package.json',
    JSON.stringify({
      name: '@little/School',
      type: 'module',
      devDependencies: { '@mikro-orm/cli': '7' },
      'sunschool-db': { database: 'little_school' },
      'mikro-orm': { preferTs: false, configPaths: ['./mikro-orm.config.js'] },
    }),
  );
  write(
    'mikro-orm.config.js',
    `import { defineConfig } from '@mikro-orm/postgresql';
    import { connectionOptions, OnlineMigrator, OnlineSchemaGenerator } from ${ours};
    import { Lesson } from './lesson.js';
    export default async () => defineConfig({
      ...(await connectionOptions({ env: process.env, cwd: import.meta.dirname })),
      entities: [Lesson],
      extensions: [OnlineSchemaGenerator, OnlineMigrator],
      migrations: { path: './migrations' },
    });`,
  );
  write(
    'lesson.js',
    `import { defineEntity, p } from '@mikro-orm/core';
    export const Lesson = defineEntity({ name: 'Lesson', tableName: 'lessons', properties: { id: p.integer().primary() } });`,
  );
  mkdirSync(join(project.root, 'migrations'));
  write(
    'migrations/0000_lessons.js',
    `import { OnlineMigration } from ${ours};
    export class Migration0000Lessons extends OnlineMigration {
      up() { this.addSql('create table "lessons" ("id" serial primary key)'); }
      down() { this.addSql('drop table "lessons"'); }
    }`,
  );
  symlinkSync(join(repository, 'node_modules'), join(project.root, 'node_modules'));
  return project;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of our commands as its npm script does. */
function run(project: EmbeddedProject, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise(settle => {
    const options = { cwd: project.root, env: { ...process.env, ...env } };
    const child = execFile(
      process.execPath,
      [join(repository, 'src/cli/main.ts'), ...args],
      options,
      (error, stdout, stderr) => settle({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}
