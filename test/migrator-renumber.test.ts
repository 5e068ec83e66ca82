import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { SettingsError } from '../src/errors.ts';
import { readMainBranch } from '../src/generator/main-branch.ts';
import { renderMigration } from '../src/generator/render.ts';
import { createTestDatabase } from './support/database.ts';
import { createProject, type Project, repository } from './support/project.ts';

describe('npm run migrate:renumber', () => {
  it('is what two files with one number lead to, and moves the one that the main branch does not have', async () => {
    await using database = await createTestDatabase();
    await using project = await createProject(database.url);
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b.c', ...args], {
        cwd: project.directory,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    git('init', '-qb', 'main');
    await write(project, '0000_users');
    await write(project, '0001_theirs');
    git('add', 'migrations');
    git('commit', '-qm', 'x');
    git('switch', '-qc', 'mine');
    await write(project, '0001_mine');
    git('add', 'migrations');
    git('commit', '-qm', 'x');

    const { code, stderr } = await project.sunschool('migrate:status');
    expect(code).to.equal(2);
    expect(stderr).to.include('npm run migrate:renumber');

    const moved = await project.sunschool('migrate:renumber');
    expect(moved).to.deep.equal({
      code: 0,
      stdout: '0001_mine.ts → 0002_mine.ts\n1 file moved. Next: npm run migrate\n',
      stderr: '',
    });
    expect(await project.readMigration('0002_mine.ts'))
      .to.include(' * Migration: 0002_mine\n')
      .and.include('class Migration0002Mine ')
      .and.include(`name = '0002_mine'`);
    expect((await project.sunschool('migrate:up')).stdout).to.include('3 migrations executed now');

    const directory = join(project.directory, 'migrations');
    expect((await readMainBranch(directory, 'mine'))?.files).to.include('0001_mine.ts');
    const failure = await readMainBranch(directory, 'nowhere').catch(error => error);
    expect(failure).to.be.instanceOf(SettingsError);
  });

  it('works without git: what has run on the database stays', async () => {
    await using database = await createTestDatabase();
    await using project = await createProject(database.url);
    await write(project, '0000_users');
    await project.sunschool('migrate:up');
    await write(project, '0000_mine');
    expect(await project.sunschool('migrate:renumber')).to.deep.equal({
      code: 0,
      stdout: '0000_mine.ts → 0001_mine.ts\n1 file moved. Next: npm run migrate\n',
      stderr: 'No main branch is known to git here: only the database decides what stays.\n',
    });
  });
});

async function write({ directory }: Project, recordedName: string): Promise<void> {
  const source = renderMigration({
    recordedName,
    purpose: 'A table',
    date: '2026-11-23',
    rollback: 'drop it',
    language: 'ts',
    importFrom: join(repository, 'src/index.ts'),
    up: [{ sql: `create table t${recordedName} (id int primary key)` }],
    down: [{ sql: `drop table t${recordedName}` }],
  });
  await writeFile(join(directory, 'migrations', `${recordedName}.ts`), source);
}
