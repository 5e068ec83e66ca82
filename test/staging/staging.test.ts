import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Client } from 'pg';
import { command } from '../../src/cli/migrate-up.ts';
import { type ExplainedError, RefusedError, renderError, SettingsError } from '../../src/errors.ts';
import type { Forecast } from '../../src/forecast/forecast.ts';
import { readForecast } from '../../src/forecast/read-forecast.ts';
import { renderForecast } from '../../src/forecast/render-forecast.ts';
import { Project } from '../../src/project/project.ts';
import { readStaged } from '../../src/project/staging.ts';
import type { StagingReport } from '../../src/staging/report.ts';
import { runCommand } from '../support/command.ts';
import { withClient, withDatabase } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const sql = (...statements: string[]): string => statements.map(text => `this.addSql(\`${text}\`);`).join(' ');

const FILL = `this.backfill('lessons', { set: { a: 'id' }, where: 'a is null and id is not null' });`;

async function withVariable<T>(name: string, value: string, work: () => Promise<T>): Promise<T> {
  process.env[name] = value;
  try {
    return await work();
  } finally {
    delete process.env[name];
  }
}

/** A run on staging. @returns its error, if it has one. */
const stage = (folder: MigrationsFolder, file: string): Promise<ExplainedError | undefined> =>
  withVariable('MIGRATE_REPORT', file, () =>
    folder.migrate(migrator =>
      migrator.up().then(
        () => undefined,
        error => error,
      ),
    ),
  );

/** A run where the report is wanted. */
const deploy = (folder: MigrationsFolder, file: string): Promise<string[]> =>
  withVariable('MIGRATE_STAGING_REPORT', file, async () =>
    (await folder.migrate(migrator => migrator.up())).map(({ name }) => name),
  );

const plan = (folder: MigrationsFolder, file: string): Promise<Forecast> =>
  folder.migrate(async migrator =>
    readForecast(await migrator.project(), { run: {}, freeDisk: undefined, env: { MIGRATE_STAGING_REPORT: file } }),
  );

const read = async (file: string): Promise<StagingReport> => JSON.parse(await readFile(file, 'utf8'));

/** Whether a session waits for its lock on the table. */
async function waiters(client: Client): Promise<boolean> {
  const { rows } = await client.query(`select from pg_locks where relation = 'lessons'::regclass and not granted`);
  return rows.length > 0;
}

const SCHOOL =
  'create table lessons (id int, score int); insert into lessons select n from generate_series(1, ROWS) n; analyze';

/** Who wants a report of a database that is marked. */
async function findRequirements(folder: MigrationsFolder): Promise<Record<string, string | undefined>> {
  const requiredBy = (configured: boolean): Promise<string | undefined> =>
    folder.migrate(async migrator => {
      const { driver, config, storage, reporter, discover } = await migrator.project();
      const settings = { requireStagingReport: configured };
      const project = new Project({ driver, config, storage, reporter, discover, settings });
      return (await readStaged(project, [], {})).requiredBy;
    });
  const marked = await requiredBy(true);
  await folder.query('update mikro_orm_protected set staging_first = false');
  const [configured, neither] = [await requiredBy(true), await requiredBy(false)];
  await folder.query('update mikro_orm_protected set staging_first = true');
  return { marked, configured, neither };
}

describe('npm run migrate -- --report', () => {
  it('writes what each step took on staging, and what it waited for', () =>
    withMigrations(async folder => {
      const file = join(folder.path, 'staging.json');
      await folder.query(SCHOOL.replace('ROWS', '5000'));
      await folder.write('0000_a', `${sql('alter table lessons add column a int')} ${FILL}`);
      await withClient(folder.url, async holder => {
        await holder.query('begin; select from lessons limit 1');
        const run = stage(folder, file);
        // until its first attempt has begun, and has given way
        for (const isThere of [true, false]) {
          while ((await waiters(holder)) !== isThere) {}
        }
        await holder.query('commit');
        expect(await run).to.equal(undefined);
      });
      const report = await read(file);
      expect(report.server).to.match(/^18\.\d+$/);
      const [migration] = report.migrations;
      expect(migration).to.deep.include({ name: '0000_a', result: 'executed' });
      expect(migration?.fileHash).to.match(/^[0-9a-f]{64}$/);
      expect(migration?.tables.lessons?.rows).to.equal(5000);
      const [add, fill] = migration?.steps ?? [];
      expect(add?.sql).to.equal('alter table lessons add column a int');
      expect(add?.attempts).to.be.greaterThan(1);
      expect(add?.waitedMs).to.be.within(20, 30_000);
      expect(fill).to.include({ step: 2, rows: 5000, attempts: 1 });
    }));

  it('writes it also when the run fails, goes on with it, and keeps what earlier runs took', () =>
    withMigrations(async folder => {
      const file = join(folder.path, 'staging.json');
      await folder.write('0000_start', sql('create table lessons (id int)'));
      await stage(folder, file);
      await folder.query('insert into lessons values (1)');
      const stops = sql(
        'alter table lessons add column a int',
        'create index concurrently if not exists i on lessons ((1 / (id - 1)))',
      );
      await folder.write('0001_stops', stops);
      await stage(folder, file);
      const results = async (): Promise<string[]> =>
        (await read(file)).migrations.map(
          ({ name, result, steps }) => `${name} ${result} ${steps.map(({ step }) => step)}`,
        );
      expect(await results()).to.deep.equal(['0000_start executed 1', '0001_stops failed 1']);
      expect((await read(file)).migrations[1]?.error).to.include('Migration failed: 0001_stops');
      await folder.query('update lessons set id = 5');
      await stage(folder, file);
      expect(await results()).to.deep.equal(['0000_start executed 1', '0001_stops executed 1,2']);
      await stage(folder, file);
      expect(await results(), 'nothing was pending').to.have.lengthOf(2);
      await rm(file);
      await stage(folder, file);
      expect(await results(), 'as the database records what ran without a report').to.deep.equal([
        '0000_start executed ',
        '0001_stops executed ',
      ]);
      await writeFile(file, '{"name": "something else"}');
      await folder.write('0002_more', sql('alter table lessons add column b int'));
      expect(await stage(folder, file)).to.be.instanceOf(SettingsError);
      expect(await folder.executed(), 'refused before anything ran').to.have.lengthOf(2);
    }));
});

describe('a database that wants a report of staging', () => {
  it('takes only what has run there, as the very same files; the plan shows what it took', () =>
    withMigrations(async staging => {
      const file = join(staging.path, 'staging.json');
      await staging.query(SCHOOL.replace('ROWS', '1000'));
      await staging.write('0000_a', `${sql('alter table lessons add column a int')} ${FILL}`);
      await stage(staging, file);
      await withMigrations(async production => {
        await production.query(SCHOOL.replace('ROWS', '20000'));
        await production.write('0000_a', `${sql('alter table lessons add column a int')} ${FILL}`);
        await production.write('0001_b', sql('alter table lessons add column b int'));
        await production.migrate(async migrator => {
          const { protect } = await import('../../src/server/protect.ts');
          await protect((await migrator.project()).driver.getConnection(), { stagingFirst: true });
        });
        const missing = await deploy(production, '').catch(error => error);
        expect(missing).to.be.instanceOf(RefusedError).and.include({ exitCode: 2 });
        expect(renderError(missing))
          .to.match(/^Refused: staging comes first\n/)
          .and.include('none was given');
        const untried = await deploy(production, file).catch(error => error);
        expect(renderError(untried)).to.include('0001_b  has not run there').and.not.include('0000_a  ');
        expect((await plan(production, file)).problems.map(({ title }) => title)).to.deep.equal([
          'Refused: staging comes first',
        ]);

        await production.remove('0001_b');
        const forecast = await plan(production, file);
        expect(forecast.problems).to.deep.equal([]);
        const [add, fill] = forecast.migrations[0]?.steps ?? [];
        expect(add?.staging).to.have.keys('durationMs', 'attempts', 'waitedMs');
        expect(fill?.staging?.scale).to.be.within(10, 25);
        expect(fill?.staging?.scaledMs).to.equal(
          Math.round((fill?.staging?.durationMs ?? 0) * (fill?.staging?.scale ?? 0)),
        );
        expect(renderForecast(forecast)).to.match(
          /on staging +\d+ ms there; by the sizes .* here \(\d+ times as large\)\n/,
        );
        expect(await deploy(production, file)).to.deep.equal(['0000_a']);
        const wanted = await findRequirements(production);
        expect(wanted).to.deep.equal({ marked: 'mark', configured: 'configuration', neither: undefined });

        await production.write('0001_b', sql('alter table lessons add column b bigint'));
        await staging.write('0001_b', sql('alter table lessons add column b int'));
        await stage(staging, file);
        const edited = await deploy(production, file).catch(error => error);
        expect(renderError(edited)).to.include('0001_b  was another file there');
        expect(await production.executed()).to.deep.equal(['0000_a']);
      });
    }));

  it('is reached with a flag; elsewhere nobody wants a report', () =>
    withDatabase(async ({ url }) => {
      await using folder = await temporaryFolder();
      const file = join(folder.path, 'staging.json');
      const up = (...args: string[]) => runCommand(command, { url, args });
      expect((await up('--to', '1', '--report', file)).code).to.equal(0);
      const names = (await read(file)).migrations.map(({ name }) => name);
      expect(names).to.deep.equal(['0000_users', '0001_learner_profiles']);
      const { code, stderr } = await up('--staging-report', file, '--to', '2');
      expect(code).to.equal(2);
      expect(stderr).to.include('0002_lessons  has not run there');
      expect((await up('--to', '2')).code).to.equal(0);
    }));
});
