import { expect } from 'chai';
import { command } from '../../src/cli/migrate-sql.ts';
import { MigrationError, postgresError } from '../../src/errors.ts';
import { type ScriptOptions, type WrittenScript, writeScript } from '../../src/script/write-script.ts';
import { catalogOf } from '../support/catalogs.ts';
import { runCommand } from '../support/command.ts';
import { withClient, withDatabase } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import { createMigratorDatabase } from '../support/migrator-role.ts';
import { withSunschool } from '../support/orm.ts';
import { findPsql, runPsql, runScript } from '../support/psql.ts';

type Asked = Partial<ScriptOptions>;

function write(folder: MigrationsFolder, asked: Asked = {}): Promise<WrittenScript> {
  return folder.migrate(async migrator =>
    writeScript(await migrator.project(), { method: 'up', names: [], env: {}, ...asked }),
  );
}

function writeSchool(url: string, asked: Asked = {}): Promise<WrittenScript> {
  return withSunschool(url, async (_orm, migrator) =>
    writeScript(await migrator.project(), { method: 'up', names: [], env: {}, ...asked }),
  );
}

/** What status goes by. */
async function recordsOf(url: string): Promise<unknown[]> {
  const { rows } = await withClient(url, client =>
    client.query(`select name, file_hash, checksum, duration_ms >= 0 as timed from mikro_orm_migrations order by id`),
  );
  return rows;
}

const TABLES = `select attrelid::regclass::text as table, attname, format_type(atttypid, atttypmod) as type, attnotnull,
    pg_get_expr(adbin, adrelid) ~ '^''[0-9a-f-]{36}''' as token, case when attname <> 'token' then pg_get_expr(adbin, adrelid) end as value
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
 where attrelid in ('mikro_orm_migrations'::regclass, 'mikro_orm_migrations_journal'::regclass) and attnum > 0 order by attrelid, attnum`;

/** The tables of the records, and what is in them. */
async function bookkeepingOf(url: string): Promise<unknown[]> {
  const { rows } = await withClient(url, client => client.query(TABLES));
  const journal = await withClient(url, client => client.query('select * from mikro_orm_migrations_journal'));
  return [rows, journal.rows, await recordsOf(url)];
}

const messageOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it ran',
    error => postgresError(error)?.message ?? error.message,
  );

const sql = (...statements: string[]): string => statements.map(text => `this.addSql(\`${text}\`);`).join(' ');

for (const major of [undefined, 15] as const) {
  describe(`npm run migrate:sql, on PostgreSQL ${major ?? 18}`, () => {
    it('writes what up does: the whole history, statement by statement, and back again', () =>
      withDatabase(
        ({ url: twin }) =>
          withDatabase(
            async ({ url }) => {
              const names = await withSunschool(twin, async (_orm, migrator) => {
                return (await migrator.up()).map(({ name }) => name);
              });
              const before = await catalogOf(url);
              const { text, migrations } = await writeSchool(url);
              expect(migrations).to.deep.equal(names);
              expect(text.split('\n')[0]).to.equal('\\set ON_ERROR_STOP on');
              expect(text).to.match(/^-- .*psql cannot retry locks/m);
              await runScript(url, text);
              expect(await catalogOf(url)).to.deep.equal(await catalogOf(twin));
              expect(await bookkeepingOf(url)).to.deep.equal(await bookkeepingOf(twin));
              await withSunschool(url, async (_orm, migrator) => {
                expect((await migrator.status()).migrations.every(({ state }) => state === 'executed')).to.equal(true);
                expect(await migrator.checkSchema()).to.equal(false);
              });
              expect(await messageOf(runScript(url, text))).to.equal('0000_users is executed already on this database');

              await runScript(url, (await writeSchool(url, { method: 'down', names })).text);
              expect(await catalogOf(url)).to.deep.equal(before);
              expect(await recordsOf(url)).to.deep.equal([]);
            },
            { major },
          ),
        { major },
      ));

    it('fills rows in batches that it commits, and keeps to the locks of the runner', () =>
      withMigrations(
        async folder => {
          await folder.write('0000_start', sql('create table lessons (id int primary key, score int, code text)'));
          await folder.migrate(migrator => migrator.up());
          await folder.query(`insert into lessons select n, n % 100, 'c' || n from generate_series(1, 60000) n`);
          await folder.write(
            '0001_grades',
            `${sql('alter table lessons add column grade int')}
             this.backfill('lessons', { set: { grade: 'score + 1 -- one more' }, where: 'grade is null' });
             ${sql(
               'alter table lessons add constraint g check (grade is not null) not valid',
               'alter table lessons validate constraint g',
               'create unique index concurrently if not exists u_code on lessons (code)',
             )}
             this.swap('lessons', ['alter table lessons rename column score to points', 'alter table lessons rename column grade to score']);`,
            { down: sql('alter table lessons rename column score to grade') },
          );
          const { text } = await write(folder);
          await withClient(folder.url, async reader => {
            await reader.query('begin; select from lessons limit 1');
            const running = runScript(folder.url, text);
            // its lock is not to be had, and it asks again
            await reader.query('select pg_sleep(0.3)');
            await reader.query('commit');
            await running;
          });
          const rows = await folder.query(
            `select count(*)::int as rows, count(distinct xmin::text)::int > 2 as batches, bool_and(score = points + 1) as filled from lessons`,
          );
          expect(rows).to.deep.equal([{ rows: 60_000, batches: true, filled: true }]);
          expect(
            await folder.query(`select indisvalid from pg_index where indexrelid = 'u_code'::regclass`),
          ).to.deep.equal([{ indisvalid: true }]);
          expect(await folder.query('select * from mikro_orm_migrations_journal')).to.deep.equal([]);
          const { migrations } = await folder.migrate(migrator => migrator.status());
          expect(migrations.map(({ state }) => state)).to.deep.equal(['executed', 'executed']);
        },
        { major },
      ));
  });
}

describe('npm run migrate:sql', () => {
  it('writes a script that stops where it must not run, before it changes anything', () =>
    withMigrations(async folder => {
      await folder.write('0000_start', sql('create table lessons (id int primary key, score int)'));
      await folder.migrate(migrator => migrator.up());
      await folder.query('insert into lessons select n, n from generate_series(1, 200) n');
      await folder.write(
        '0001_range',
        sql(
          'alter table lessons add column a int',
          'alter table lessons add constraint score_range check (score between 0 and 100) not valid',
          'alter table lessons validate constraint score_range',
        ),
      );
      const before = await catalogOf(folder.url);
      const { text } = await write(folder);
      await withClient(folder.url, async other => {
        await other.query(`select pg_advisory_lock(hashtextextended('public.mikro_orm_migrations', 0))`);
        expect(await messageOf(runScript(folder.url, text))).to.match(
          /^Another process migrates this database: pid \d+/,
        );
      });
      const rows = await messageOf(runScript(folder.url, text));
      expect(rows).to.equal('100 rows of lessons do not fit check score_range');
      await folder.query(`update mikro_orm_migrations set name = '0000_other'`);
      expect(await messageOf(runScript(folder.url, text))).to.equal(
        '0000_start is not executed on this database, and comes before',
      );
      expect(await catalogOf(folder.url)).to.deep.equal(before);
    }));

  it('leaves what failed for npm run migrate to go on with', () =>
    withMigrations(async folder => {
      await folder.write('0000_start', sql('create table lessons (id int, score int)'));
      await folder.migrate(migrator => migrator.up());
      await folder.query('insert into lessons values (1)');
      await folder.write(
        '0001_index',
        sql(
          'alter table lessons add column a int',
          'create index concurrently if not exists i on lessons ((1 / (id - 1)))',
          'alter table lessons add column b int',
        ),
      );
      const { text } = await write(folder);
      expect(await messageOf(runScript(folder.url, text))).to.equal('division by zero');
      expect(await messageOf(runScript(folder.url, text))).to.equal('0001_index has stopped half-way on this database');
      const error = await write(folder).catch(failed => failed);
      expect(error).to.be.instanceOf(MigrationError).and.include({ exitCode: 2 });
      await folder.query('update lessons set id = 5');
      await folder.migrate(migrator => migrator.up());
      expect(await folder.query('select a, b from lessons')).to.deep.equal([{ a: null, b: null }]);
    }));

  it('leaves out what waits for a deploy; written without data, it does not run with any', () =>
    withMigrations(async folder => {
      await folder.write('0000_start', sql('create table lessons (id int, score int)'));
      await folder.migrate(migrator => migrator.up());
      await folder.write('0001_marks', sql('alter table lessons add column marks int'));
      await folder.write('0002_contract', sql('alter table lessons drop column if exists score'), {
        contracts: '0001_marks',
      });
      const empty = await write(folder);
      expect(empty.migrations).to.deep.equal(['0001_marks', '0002_contract']);
      await folder.query('insert into lessons values (1, 2)');
      expect(await messageOf(runScript(folder.url, empty.text))).to.equal(
        'lessons has rows: a release may be using it',
      );
      const { migrations, waiting, text } = await write(folder);
      expect([migrations, waiting.map(({ name }) => name)]).to.deep.equal([['0001_marks'], ['0002_contract']]);
      await runScript(folder.url, text);
      expect((await write(folder)).text).to.equal('');
      const contract = await write(folder, { env: { MIGRATE_CONTRACT: '1' } });
      expect(contract.text).to.include('-- Lost for good: the values of lessons.score.');
      await runScript(folder.url, contract.text);
      expect(await folder.query('select * from lessons')).to.deep.equal([{ id: 1, marks: null }]);
    }));

  it('is run by psql, by a role without superuser, and reverted with a rollback that was written ahead', async function () {
    const psql = findPsql();
    if (psql === undefined) {
      this.skip();
    }
    await using database = await createMigratorDatabase();
    const { url } = database;
    const run = async (asked: Asked): Promise<{ code: number; stderr: string }> => {
      const { text } = await writeSchool(url, { env: { MIGRATE_CONTRACT: '1' }, ...asked });
      return runPsql(psql, url, text);
    };
    const rollback = await writeSchool(url, { method: 'down', names: ['0014'] });
    const expand = await writeSchool(url, { method: 'down', names: ['0015'] });
    expect(await runPsql(psql, url, rollback.text), 'nothing to revert').to.deep.include({ code: 3 });
    const upTo13 = Array.from({ length: 14 }, (_, number) => String(number));
    expect(await run({ names: upTo13 })).to.deep.equal({ code: 0, stderr: '' });
    const before = await catalogOf(database.admin.url);
    expect(await run({})).to.deep.equal({ code: 0, stderr: '' });
    await withClient(url, client =>
      client.query(`insert into users (id, role) values (1, 'LEARNER');
        insert into lessons (id, learner_id, score) values ('a', 1, 7)`),
    );
    const early = await runPsql(psql, url, expand.text);
    expect(early.code).to.equal(3);
    expect(early.stderr).to.include('0016_lessons_score_bigint_contract is executed on this database');
    expect(await run({ method: 'down', names: ['16', '15'] })).to.deep.equal({ code: 0, stderr: '' });
    expect(await runPsql(psql, url, rollback.text)).to.deep.equal({ code: 0, stderr: '' });
    expect(await catalogOf(database.admin.url)).to.deep.equal(before);
    const { rows } = await withClient(url, client => client.query('select score from lessons'));
    expect(rows).to.deep.equal([{ score: 7 }]);
  });

  it('does the same whatever psql is set to', async function () {
    const psql = findPsql();
    if (psql === undefined) {
      this.skip();
    }
    await withMigrations(async folder => {
      await folder.write(
        '0000_words',
        sql(
          `create table words (a text default 'größer', at timestamptz default timestamp '2026-01-02 03:04', d date default '03/04/2026')`,
          'insert into words default values',
        ),
      );
      const { text } = await write(folder);
      expect(await runPsql(psql, folder.url, text)).to.deep.equal({ code: 0, stderr: '' });
      const [row] = await folder.query(
        `select a, at = (timestamp '2026-01-02 03:04' at time zone current_setting('TimeZone')) as same from words`,
      );
      expect(row).to.deep.equal({ a: 'größer', same: true });
    });
  });

  it('is a command: the script on stdout or in a file, and what was left out on stderr', () =>
    withDatabase(async ({ url }) => {
      const run = (...args: string[]) => runCommand(command, { url, args });
      const { code, stdout, stderr } = await run('0', '0001');
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout)
        .to.match(/^\\set ON_ERROR_STOP on\n/)
        .and.include('-- Runs 0000_users, 0001_learner_profiles.\n');
      await runScript(url, stdout);
      await runScript(url, (await run('--down', '1', '0')).stdout);
      expect(await recordsOf(url)).to.deep.equal([]);
    }));
});
