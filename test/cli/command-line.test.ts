import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, repository, runNode } from '../support/project.ts';

const USERS = `export const User = defineEntity({ name: 'User', tableName: 'users', properties: {
  id: p.integer().primary() } });`;

const main = join(repository, 'src/cli/main.ts');

describe('the npm scripts', () => {
  it('say in --help what they do and how they end, in lines that fit a terminal', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    const commands = Object.values(manifest.scripts).flatMap(
      script => /^node src\/cli\/main\.ts (\S+)$/.exec(script)?.[1] ?? [],
    );
    expect(commands).to.have.length.of.at.least(18);
    for (const command of commands) {
      const { code, stdout } = await runNode([main, command, '--help'], { cwd: repository, env: process.env });
      expect(code).to.equal(0);
      expect(stdout, command)
        .to.match(new RegExp(`^sunschool-db ${command}(?: [[<]\\w+(?:\\.\\.)?[\\]>])?\n\n\\w`))
        .and.match(/^Exit codes: 0 .+ · 1 .+$/m);
      expect(stdout.split('\n').filter(line => line.length > 110)).to.deep.equal([]);
    }
  });

  it('refuse an unknown command, flag or argument and name it', async () => {
    for (const args of [['migrate:upp'], ['migrate:up', '--tto', '3'], ['migrate:up', 'all']]) {
      const { code, stdout, stderr } = await runNode([main, ...args], { cwd: repository, env: process.env });
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr)
        .to.match(/^Cannot read the command line\n/)
        .and.to.include('Nothing was done.');
    }
  });
});

describe('a command of a project', () => {
  let database: TestDatabase;
  let project: Project;
  beforeEach(async () => {
    database = await createTestDatabase();
    project = await createProject(database.url, USERS);
  });
  afterEach(async () => {
    await project[Symbol.asyncDispose]();
    await database.drop();
  });

  it('takes the last of a flag that is given twice', async () => {
    const { stdout } = await project.sunschool('migrate:create', '--name', 'one', '--name', 'two');
    expect(stdout).to.match(/^0000_two\.ts is written\./);
  });

  it('goes on when nobody reads its output any more', async () => {
    await project.sunschool('migrate:create', '--name', 'users');
    expect(await runUnread([main, 'migrate:up'], { cwd: project.directory, url: database.url })).to.equal(0);
    expect((await project.sunschool('migrate:status')).stdout).to.include('1 executed, 0 pending.');
  });

  it('npm start neither migrates nor seeds where made-up data must not go', async () => {
    await project.sunschool('migrate:create', '--name', 'users');
    const { code, stderr } = await project.run([main, 'start'], { NODE_ENV: 'production' });
    expect(code).to.equal(2);
    expect(stderr).to.match(/^Refused: seeding in production\n/);
    expect((await project.sunschool('migrate:status')).stdout).to.include('0 executed, 1 pending.');
  });
});

/** Runs Node with pipes that are closed at our end from the beginning; gives its exit code. */
async function runUnread(args: string[], { cwd, url }: { cwd: string; url: string }): Promise<number | null> {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, DATABASE_URL: url }, stdio: 'pipe' });
  child.stdout.destroy();
  child.stderr.destroy();
  return await new Promise((done, fail) => child.once('error', fail).once('exit', done));
}
