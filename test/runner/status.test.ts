import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import {
  assembleStatus,
  exitCodeOfStatus,
  type MigrationStatus,
  type StatusFacts,
} from '../../src/runner/records/status.ts';
import { createTestDatabase, withClient } from '../support/database.ts';
import { createProject, repository } from '../support/project.ts';

describe('npm run migrate:status', () => {
  it('shows what another process runs, where it stopped and why, and what a person must decide', async () => {
    await using database = await createTestDatabase();
    await using project = await createProject(database.url);
    const write = (name: string, up: string): Promise<void> =>
      writeFile(join(project.directory, 'migrations', `${name}.ts`), source(name, up));
    const query = async (sql: string): Promise<Record<string, unknown>[]> =>
      (await withClient(database.url, client => client.query(sql))).rows;
    const status = async (): Promise<{ code: number | string; found: MigrationStatus[] }> => {
      const { code, stdout, stderr } = await project.sunschool('migrate:status', '--json');
      expect(stderr).to.equal('');
      return { code, found: JSON.parse(stdout) };
    };

    await write('0000_lessons', `this.addSql('create table lessons (id int, subject text)');`);
    expect((await project.sunschool('migrate:up')).code).to.equal(0);
    const { code, stdout } = await project.sunschool('migrate:status');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^0000_lessons {2}executed {2}\d{4}-\S+Z {2}\d+ ms\n1 executed, 0 pending\.\n$/);

    await write(
      '0001_index',
      `this.addSql('create table a (n int)');
       this.addSql('create index concurrently if not exists i on lessons ((1 / (id - 1)))');`,
    );
    await write('0002_b', `this.addSql('alter table lessons add column b int');`);
    await query('insert into lessons values (1)');
    await withClient(database.url, async other => {
      // the build waits for this transaction
      await other.query(`begin; insert into lessons values (2)`);
      const env = { ...process.env, DATABASE_URL: database.url };
      const main = join(repository, 'src/cli/main.ts');
      const up = spawn(process.execPath, [main, 'migrate:up'], { cwd: project.directory, env, stdio: 'ignore' });
      try {
        const building = `select 1 from pg_stat_progress_create_index where datname = current_database()`;
        while ((await query(building)).length === 0) {
          await sleep(20);
        }
        const running = await status();
        expect(running.code).to.equal(3);
        expect(running.found.map(({ state }) => state)).to.deep.equal(['executed', 'running', 'pending']);
        const { pid, phase, ...rest } = running.found[1] as MigrationStatus;
        expect(rest).to.deep.include({ name: '0001_index', method: 'up', step: 2, steps: 2 });
        expect(pid).to.be.a('number');
        expect(phase).to.match(/^waiting for writers/);
        up.kill('SIGKILL');
        await query(`select pg_terminate_backend(${pid})`);
        const killed = await status();
        expect(killed.code).to.equal(3);
        expect(killed.found[1]).to.deep.include({ state: 'stopped', method: 'up', step: 2, steps: 2 });
        expect(killed.found[1]).not.to.have.property('error');
      } finally {
        up.kill('SIGKILL');
        await other.query('rollback');
      }
    });

    expect((await project.sunschool('migrate:up')).code).to.equal(1);
    const failed = await project.sunschool('migrate:status');
    expect(failed.code).to.equal(2);
    expect(failed.stdout).to.match(
      /^0001_index {4}stopped {3}up stopped at step 2 of 2, create index concurrently.+: division by zero$/m,
    );
    expect(failed.stdout).to.include('1 executed, 1 stopped, 1 pending. Next: mend the cause');
    await query('truncate lessons');
    expect((await project.sunschool('migrate:up')).code).to.equal(0);

    await write('0000_lessons', `this.addSql('create table lessons (id int)');`);
    await query(`insert into mikro_orm_migrations (name) values ('0003_theirs')`);
    const odd = await status();
    expect(odd.code).to.equal(2);
    expect(odd.found.map(({ state }) => state)).to.deep.equal(['changed', 'executed', 'executed', 'missing']);
  });

  it('shows how far a backfill of another process is, how fast it is, and where it was when it was killed', async () => {
    await using database = await createTestDatabase();
    await using project = await createProject(database.url);
    await withClient(database.url, async client => {
      await client.query(`create table t (id int, v int, filler text); insert into t
        select n, null, repeat('x', 200) from generate_series(1, 40000) n`);
      await writeFile(
        join(project.directory, 'migrations', '0000_fill.ts'),
        source('0000_fill', `this.backfill('t', { set: { v: 1 }, where: 'v is null' });`),
      );
      const env = { ...process.env, DATABASE_URL: database.url, MIGRATE_MAX_ROWS_PER_SECOND: '4000' };
      const main = join(repository, 'src/cli/main.ts');
      const up = spawn(process.execPath, [main, 'migrate:up'], { cwd: project.directory, env, stdio: 'ignore' });
      const ended = new Promise(done => up.once('close', done));
      const isBegun = `select 1 from mikro_orm_migrations_journal where (progress->>'rowsDone')::int > 0`;
      while ((await client.query(isBegun).catch(() => ({ rows: [] }))).rows.length === 0) {
        await sleep(20);
      }
      const { code, stdout } = await project.sunschool('migrate:status', '--json');
      const [running] = JSON.parse(stdout) as MigrationStatus[];
      up.kill('SIGKILL');
      await ended;
      expect(code).to.equal(3);
      expect(running).to.deep.include({ name: '0000_fill', state: 'running', method: 'up', step: 1, steps: 1 });
      expect(running?.percent).to.be.within(0.1, 99);
      expect(running?.rowsPerSecond).to.be.within(1, 100_000);
      // the server soon ends the session of a client that is gone
      const isThere = `select 1 from pg_stat_activity where application_name like 'sunschool-db up%' and datname = current_database()`;
      while ((await client.query(isThere)).rows.length > 0) {
        await sleep(20);
      }
      const killed = await project.sunschool('migrate:status');
      expect(killed.code).to.equal(3);
      expect(killed.stdout).to.match(
        /^0000_fill {2}stopped {3}up stopped at step 1 of 1, update "t" .+ after [\d,]+ rows: its process has ended\n/,
      );
    });
  });

  it('exits 1 when it cannot be found out', async () => {
    await using project = await createProject('postgresql://nobody:x@127.0.0.1:1/none');
    expect((await project.sunschool('migrate:status')).code).to.equal(1);
  });
});

describe('the status of a migration', () => {
  const facts: StatusFacts = {
    names: ['0000_a', '0001_b'],
    recorded: [{ id: 1, name: '0000_a', executed_at: new Date(0) }],
    findings: { changed: [], missing: [], outOfOrder: [] },
    entries: [],
    waiting: new Map(),
  };
  const entry = { migration: '0001_b', method: 'up', position: 0, sql: 'update b', state: 'begun' } as const;
  const session = { pid: 7, user: 'anna', state: 'active', seconds: 1, isAutovacuum: false, query: null };
  const of = (more: Partial<StatusFacts>): MigrationStatus[] => [...assembleStatus({ ...facts, ...more }).migrations];

  it('has share, rows and rate of a backfill that runs', () => {
    const [, running] = of({
      holder: { ...session, application: 'sunschool-db up 1/2 0001_b' },
      entries: [{ ...entry, progress: { rowsDone: 250, rowsLeft: 750 } }],
      rowsPerSecond: 50,
    });
    const expected = { percent: 25, rowsDone: 250, rowsLeft: 750, rowsPerSecond: 50, pid: 7, sql: 'update b' };
    expect(running).to.deep.equal({ name: '0001_b', state: 'running', method: 'up', step: 1, steps: 2, ...expected });
  });

  it('knows a name that PostgreSQL has cut, what runs down, and what has ended meanwhile', () => {
    const cut = of({ holder: { ...session, application: 'sunschool-db up 1/2 0001' } });
    expect(cut.map(({ state }) => state)).to.deep.equal(['executed', 'running']);
    const down = of({ holder: { ...session, application: 'sunschool-db down 1/1 0000_a' } });
    expect(down.map(({ state }) => state)).to.deep.equal(['running', 'pending']);
    const ended = of({ holder: { ...session, application: 'sunschool-db up 1/1 0000_a' } });
    expect(ended.map(({ state }) => state)).to.deep.equal(['executed', 'pending']);
  });

  it('leaves to a person what is out of order, and not what goes on by itself', () => {
    const behind = of({ findings: { ...facts.findings, outOfOrder: [{ name: '0001_b', behind: '0002_c' }] } });
    expect(exitCodeOfStatus(behind)).to.equal(2);
    expect(exitCodeOfStatus(of({ entries: [entry] }))).to.equal(3);
    const first = of({ entries: [{ ...entry, state: 'failed', error: 'no' }] });
    expect(first[1]).to.deep.equal({ name: '0001_b', state: 'pending', error: 'no' });
    expect(
      exitCodeOfStatus(of({ entries: [entry, { ...entry, position: 1, state: 'failed', error: 'no' }] })),
    ).to.equal(2);
  });
});

function source(name: string, up: string): string {
  return `import { OnlineMigration } from '${repository}/src/index.ts';
    export class M extends OnlineMigration {
      override readonly name = '${name}';
      override up(): void { ${up} }
      override down(): void {}
    }
`;
}
