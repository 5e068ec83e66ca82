import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { command } from '../../src/cli/migrate-plan.ts';
import { type ExplainedError, renderError, ServerError, SettingsError } from '../../src/errors.ts';
import { exitCodeOfForecast } from '../../src/forecast/exit-code.ts';
import type { Forecast, StepForecast } from '../../src/forecast/forecast.ts';
import { readFreeDisk, readSize } from '../../src/forecast/free-disk.ts';
import { readForecast } from '../../src/forecast/read-forecast.ts';
import { conflicts } from '../../src/forecast/read-sessions.ts';
import { renderForecast } from '../../src/forecast/render-forecast.ts';
import type { Project } from '../../src/project/project.ts';
import { catalogOf } from '../support/catalogs.ts';
import { runCommand } from '../support/command.ts';
import { withClient, withDatabase } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import { createMigratorDatabase } from '../support/migrator-role.ts';
import { withSunschool } from '../support/orm.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Asked {
  readonly env?: NodeJS.ProcessEnv;
  readonly freeDisk?: string;
}

function planOf(project: Project, { env = {}, freeDisk }: Asked = {}): Promise<Forecast> {
  return readForecast(project, { run: {}, freeDisk, env });
}

function plan(folder: MigrationsFolder, asked?: Asked): Promise<Forecast> {
  return folder.migrate(async migrator => planOf(await migrator.project(), asked));
}

const sql = (...statements: string[]): string => statements.map(text => `this.addSql(\`${text}\`);`).join(' ');

function stepsOf({ migrations }: Forecast): StepForecast[] {
  return migrations.flatMap(({ steps }) => steps);
}

const SCHOOL = `
  create table users (id int primary key);
  create table lessons (id int primary key, learner int, score int, subject text);
  insert into users select generate_series(1, 2000);
  insert into lessons select n, 1 + n % 2000, n % 100, 'MATH' from generate_series(1, 60000) n; analyze`;

const CHANGE = `
  ${sql('alter table lessons add column grade int')}
  this.backfill('lessons', { set: { grade: 'score' }, where: 'grade is null and score is not null' });
  ${sql(
    'alter table lessons add constraint fk foreign key (learner) references users (id) not valid',
    'alter table lessons validate constraint fk',
    'create index concurrently if not exists idx_subject on lessons (subject)',
    'create table badges (id int primary key)',
  )}`;

for (const major of [undefined, 15] as const) {
  describe(`npm run migrate:plan, on PostgreSQL ${major ?? 18}`, () => {
    it('says of each step what it locks, takes and needs, and who is in its way; it changes nothing', () =>
      withMigrations(
        async folder => {
          await folder.query(SCHOOL);
          await folder.write('0000_grades', CHANGE);
          const before = await catalogOf(folder.url);
          await withClient(folder.url, async holder => {
            await holder.query(`set application_name = 'report'; begin; select from lessons limit 1`);
            const { rows } = await holder.query('select pg_backend_pid() as pid');
            const forecast = await plan(folder);
            const [add, backfill, , validate, index, create] = stepsOf(forecast);
            const [size, parent] = [forecast.tables.lessons, forecast.tables.users];
            expect(Object.keys(forecast.tables)).to.have.members(['lessons', 'users']);
            expect(size?.rows).to.be.within(59_000, 61_000);
            expect(parent?.bytes).to.be.greaterThan(64_000);
            expect(add?.locks).to.deep.equal([{ table: 'lessons', mode: 'ACCESS EXCLUSIVE' }]);
            expect(add?.estimate).to.deep.equal({ durationMs: 0, diskBytes: 0 });
            expect(backfill?.estimate).to.include({ rows: size?.rows, from: '60,000 rows at 60,000 a second' });
            expect(backfill?.estimate.diskBytes).to.equal((size?.heapBytes ?? 0) + (size?.indexBytes ?? 0));
            expect(validate?.estimate.from).to.equal('a reading of lessons and users');
            expect(index?.estimate.diskBytes).to.be.within(1_000_000, 3_000_000);
            expect(create?.locks).to.deep.equal([]);
            expect(forecast.speed.measuredOn).to.equal('lessons');
            const [session] = forecast.sessions;
            expect(session).to.deep.include({ pid: rows[0].pid, application: 'report', state: 'idle in transaction' });
            expect(session?.locks).to.deep.equal([{ table: 'lessons', mode: 'ACCESS SHARE', isGranted: true }]);
            expect(session?.inTheWayOf).to.deep.equal([{ migration: '0000_grades', step: 1 }]);
            await holder.query('update lessons set score = 1 where id = 1');
            const [writer] = (await plan(folder)).sessions;
            const hindered = writer?.inTheWayOf.map(({ step }) => step);
            expect(hindered, 'a concurrent build waits for who writes').to.deep.equal([1, 3, 5]);
            expect(exitCodeOfForecast(forecast)).to.equal(3);
            const text = renderForecast(forecast);
            expect(text).to.match(/lock +ACCESS EXCLUSIVE on lessons \(\S+ MB, about 60,000 rows\)\n/);
            expect(text).to.match(/ACCESS SHARE on lessons; in the way of 0000_grades 1\n/);
            expect(text).to.include('1 would run.').and.not.include('select from lessons limit 1');
          });
          expect(await catalogOf(folder.url)).to.deep.equal(before);
          expect(await folder.query(`select to_regclass('mikro_orm_migrations') as records`)).to.deep.equal([
            { records: null },
          ]);
        },
        { major },
      ));

    it('shows rows that are in the way, statements that are not online, and what of them a person must decide', () =>
      withMigrations(
        async folder => {
          await folder.query(
            `${SCHOOL}; update lessons set score = 500 where id <= 12; update lessons set learner = 0 where id = 3`,
          );
          await folder.write(
            '0000_checks',
            sql(
              'alter table lessons add constraint score_range check (score between 0 and 100) not valid',
              'alter table lessons validate constraint score_range',
              'alter table lessons add constraint fk foreign key (learner) references users (id) not valid',
              'alter table lessons validate constraint fk',
            ),
          );
          await folder.write('0001_index', sql('create index idx_score on lessons (score)'));
          const forecast = await plan(folder);
          const found = stepsOf(forecast).map(({ violations }) =>
            violations.map(({ what, count }) => `${what} ${count}`),
          );
          expect(found).to.deep.equal([[], ['check score_range 12'], [], ['foreign key fk 1']]);
          const problems = forecast.problems.map(({ title }) => title);
          expect(problems).to.deep.equal([
            'Unsafe migration: 0001_index, statement 1 of 1',
            'Rows are in the way: 0000_checks',
          ]);
          expect(exitCodeOfForecast(forecast)).to.equal(2);
          expect(renderForecast(forecast)).to.match(
            /in the way +1 row of lessons does not fit foreign key fk: id 3\n +select "id"/,
          );
          await folder.query('update lessons set score = 5, learner = 1');
          await folder.remove('0001_index');
          expect((await plan(folder)).problems).to.deep.equal([]);
        },
        { major },
      ));
  });
}

describe('npm run migrate:plan', () => {
  const planned = ({ migrations }: Forecast): string[] =>
    migrations.map(
      ({ name, state, steps }) => `${name} ${state} ${steps.map(step => (step.isDone ? 'done' : 'left')).join(' ')}`,
    );

  it('marks what waits for a deploy, and says where a migration that stopped goes on', () =>
    withMigrations(async folder => {
      await folder.write('0000_start', sql('create table lessons (id int, score int)', 'create table users (id int)'));
      await folder.migrate(migrator => migrator.up());
      await folder.query('insert into lessons values (1, 2), (2, 2)');
      await folder.write('0001_marks', sql('alter table lessons add column marks int'));
      await folder.write('0002_contract', sql('alter table lessons drop column if exists score'), {
        contracts: '0001_marks',
      });
      const first = await plan(folder);
      expect(planned(first)).to.deep.equal(['0001_marks pending left', '0002_contract waiting left']);
      expect(first.migrations[1]?.waitsFor).to.include('waits for the release that came with 0001_marks');
      expect(renderForecast(first)).to.include('1 would run, 1 waits for a deploy.');
      await folder.migrate(migrator => migrator.up());
      expect(exitCodeOfForecast(await plan(folder)), 'only what waits').to.equal(0);
      expect(planned(await plan(folder, { env: { MIGRATE_CONTRACT: '1' } }))).to.deep.equal([
        '0002_contract pending left',
      ]);

      await folder.write(
        '0003_stops',
        sql(
          'alter table users add column a int',
          'create index concurrently if not exists i on users ((1 / (id - 1)))',
        ),
      );
      await folder.query('insert into users values (1)');
      await folder.migrate(migrator => migrator.up()).catch(() => undefined);
      expect(planned(await plan(folder)).at(0)).to.equal('0003_stops stopped done left');
    }));

  it('waits for nobody: neither for a run that is at work nor for a lock; where a table cannot be read, it says who keeps it', () =>
    withMigrations(async folder => {
      await folder.query(SCHOOL);
      await folder.write('0000_grades', CHANGE);
      await withClient(folder.url, async holder => {
        await holder.query(
          `set application_name = 'sunschool-db up 1/2 0000_grades'; select pg_advisory_lock(hashtextextended('public.mikro_orm_migrations', 0))`,
        );
        const { run, problems } = await plan(folder);
        expect(run?.application).to.equal('sunschool-db up 1/2 0000_grades');
        expect(problems).to.deep.equal([]);
        await holder.query('begin; lock table lessons in access exclusive mode');
        const error = await plan(folder).catch(failed => failed as ExplainedError);
        expect(error).to.be.instanceOf(ServerError).and.include({ exitCode: 1 });
        expect(renderError(error)).to.include('lessons by pid').and.include('0000_grades');
      });
    }));

  it('reckons the rows of a table that was never analyzed, and of a partitioned one', () =>
    withMigrations(async folder => {
      await folder.query(`create table plain (id int, a int) with (autovacuum_enabled = off);
        create table parts (id int, a int) partition by range (id);
        create table parts_1 partition of parts for values from (0) to (30001);
        create table parts_2 partition of parts for values from (30001) to (90000);
        insert into plain select n from generate_series(1, 50000) n; insert into parts select n from generate_series(1, 60000) n;
        analyze parts`);
      const fill = `{ set: { a: '1' }, where: 'a is null' }`;
      await folder.write('0000_fill', `this.backfill('plain', ${fill}); this.backfill('parts', ${fill});`);
      await folder.write(
        '0001_rename',
        `this.assumeSafe('no release reads it', 'alter table plain rename to simple');
         this.addSql('create index concurrently if not exists i on simple (id)');
         this.assumeSafe('it is small', 'update parts set a = 2');`,
      );
      const forecast = await plan(folder);
      const [plain, parts, rename, index, update] = stepsOf(forecast).map(({ estimate }) => estimate);
      expect([plain, parts].map(estimate => Math.round((estimate?.rows ?? 0) / 1000))).to.deep.equal([50, 60]);
      expect(rename, 'a rename').to.deep.equal({ durationMs: 0, diskBytes: 0 });
      expect(update, 'a person holds it for safe').to.deep.equal({ diskBytes: 0 });
      expect(index?.diskBytes, 'of a table that is called so by then').to.be.greaterThan(1_000_000);
      expect(forecast.tables.parts?.bytes).to.be.greaterThan(2_000_000);
      expect(forecast.speed.measuredOn).to.equal('parts');
    }));

  it('compares what is needed with the free disk: of this machine, or as somebody says', () =>
    withMigrations(async folder => {
      await folder.query(SCHOOL);
      await folder.write('0000_grades', CHANGE);
      const { disk } = await plan(folder);
      expect(disk.neededBytes).to.be.greaterThan(1_000_000);
      await using temporary = await temporaryFolder();
      const here = { given: undefined, cwd: temporary.path };
      const data = join(temporary.path, '.postgres/data');
      await mkdir(data, { recursive: true });
      await writeFile(join(temporary.path, 'package.json'), '{}');
      await withClient(folder.url, async client => {
        const { rows } = await client.query('select extract(epoch from pg_postmaster_start_time())::int as at');
        await writeFile(join(data, 'postmaster.pid'), `1\n${data}\n${rows[0].at - 3600}\n`);
        expect(await readFreeDisk(client as never, here), 'another server').to.deep.equal({});
        await writeFile(join(data, 'postmaster.pid'), `1\n${data}\n${rows[0].at}\n`);
        const free = await readFreeDisk(client as never, here);
        expect(free.from).to.equal(data);
        expect(free.freeBytes).to.be.greaterThan(1_000_000);
      });
      const little = await plan(folder, { freeDisk: '1 MB' });
      expect(little.disk).to.deep.include({ freeBytes: 2 ** 20, from: '--free-disk' });
      expect(little.problems.map(({ title }) => title)).to.deep.equal(['The disk may not be large enough']);
      expect(exitCodeOfForecast(little)).to.equal(2);
      expect([readSize('20GB'), readSize('1.5 TB')]).to.deep.equal([20 * 2 ** 30, 1.5 * 2 ** 40]);
      expect(() => readSize('plenty')).to.throw(SettingsError);
    }));

  it('is there for a role without superuser, which is not told of free disk', async () => {
    await using database = await createMigratorDatabase();
    await withSunschool(database.url, async (_orm, migrator) => {
      await migrator.up({ to: '0014' });
      await withClient(database.url, client =>
        client.query(
          `insert into users (id, role) values (1, 'LEARNER'); insert into lessons (id, learner_id, score) values ('a', 1, 7)`,
        ),
      );
      const forecast = await planOf(await migrator.project());
      expect(forecast.migrations.map(({ name }) => name.slice(0, 4))).to.deep.equal(['0015', '0016']);
      expect(forecast.disk).to.not.have.property('freeBytes');
      expect(renderForecast(forecast)).to.include('Free disk is not known from here');
    });
  });

  it('is a command: 3 with the plan on stdout while something is pending, 0 behind it', () =>
    withDatabase(async ({ url }) => {
      const run = (...args: string[]) => runCommand(command, { url, args });
      const pending = await run('--json', '--to', '1', '--free-disk', '20GB');
      expect({ code: pending.code, stderr: pending.stderr }).to.deep.equal({ code: 3, stderr: '' });
      const forecast: Forecast = JSON.parse(pending.stdout);
      expect(forecast.migrations.map(({ name }) => name)).to.deep.equal(['0000_users', '0001_learner_profiles']);
      await withSunschool(url, (_orm, migrator) => migrator.up());
      const nothing = { code: 0, stdout: 'Nothing to do: no migration is pending.\n', stderr: '' };
      expect(await run()).to.deep.equal(nothing);
    }));

  it('knows which locks go together', () => {
    expect(conflicts('SHARE', 'SHARE')).to.equal(false);
    expect(conflicts('SHARE UPDATE EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE')).to.equal(true);
    expect(conflicts('ROW EXCLUSIVE', 'ROW EXCLUSIVE')).to.equal(false);
    expect(conflicts('ACCESS SHARE', 'EXCLUSIVE')).to.equal(false);
    expect(conflicts('ACCESS EXCLUSIVE', 'ACCESS SHARE')).to.equal(true);
  });
});
