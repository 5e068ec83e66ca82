import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { adopt, readAdoption } from '../../src/adopt/adopt.ts';
import { type Adoption, renderAdoption } from '../../src/adopt/adoption.ts';
import { normalizeCatalog } from '../../src/catalog/compare-catalogs.ts';
import { catalogOf } from '../support/catalogs.ts';
import { createTestDatabase, withClient } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import { createProject, repository } from '../support/project.ts';

const sql = (...statements: string[]): string => statements.map(text => `this.addSql(\`${text}\`);`).join(' ');

async function writeHistory(folder: MigrationsFolder): Promise<void> {
  await folder.write(
    '0000_lessons',
    sql(`create table lessons (id int primary key, score int, subject text default 'math')`),
  );
  await folder.write('0001_index', sql('create index concurrently if not exists by_subject on lessons (subject)'));
  await folder.write(
    '0002_checks',
    sql(
      'alter table lessons add constraint least check (score >= 0) not valid',
      'alter table lessons validate constraint least',
      'alter table lessons add constraint most check (score <= 100) not valid',
      'alter table lessons validate constraint most',
    ),
  );
  await folder.write('0003_goals', sql('create table goals (id int primary key)'));
  await folder.write(
    '0004_topic',
    `this.assumeSafe('nobody reads it', 'alter table lessons rename column subject to topic');`,
  );
}

/** What drizzle has left: no index and no goals, one of two checks, a default that is missing. */
const BY_DRIZZLE = `
  create schema drizzle; create table drizzle.__drizzle_migrations (id int);
  create table lessons (id int primary key, score int, topic text, theirs text, constraint least check (score >= 0));
  insert into lessons values (1, 50, 'art', 'x')`;

const run = (folder: MigrationsFolder, yes = true): Promise<Adoption | undefined> =>
  folder.migrate(async migrator => adopt(await migrator.project(), { confirm: async () => yes }));

describe('npm run migrate:adopt', () => {
  for (const major of [undefined, 15] as const) {
    it(`records what is there, writes a migration for the rest, and touches nothing, on PostgreSQL ${major ?? 18}`, () =>
      withMigrations(
        async folder => {
          await writeHistory(folder);
          await folder.query(BY_DRIZZLE);
          const before = await catalogOf(folder.url);
          expect(await run(folder, false)).to.equal(undefined);
          expect(await folder.query(`select to_regclass('mikro_orm_migrations') as made`)).to.deep.equal([
            { made: null },
          ]);

          const adopted = await run(folder);
          expect(adopted?.there).to.deep.equal(['0000_lessons', '0001_index', '0002_checks', '0004_topic']);
          expect(adopted?.absent).to.deep.equal(['0003_goals']);
          expect(await folder.executed()).to.deep.equal(adopted?.there);
          const text = renderAdoption(adopted as Adoption);
          expect(text).to.include('constraint lessons.most is missing');
          expect(text, 'its column has another name by now').to.include('index lessons.by_subject is missing');
          expect(text).to.include(`column lessons.topic (default) is null, and would be 'math'::text`);
          expect(text).to.include('column lessons.theirs');
          expect(text).to.include('drizzle (drizzle.__drizzle_migrations)');
          expect(await catalogOf(folder.url)).to.deep.equal(before);
          expect(await folder.query('select * from lessons')).to.have.lengthOf(1);

          const again = await run(folder);
          expect(again?.there).to.deep.equal([]);
          expect(again?.rest).to.deep.equal({ file: '0005_adopted_database' });
          expect(await readdir(folder.path)).to.have.lengthOf(6);
          const file = await readFile(join(folder.path, '0005_adopted_database.ts'), 'utf8');
          expect(file).to.match(
            /if \(\(await this\.execute\(`select 1 from pg_constraint .+ conname = 'most'`\)\)\.length === 0\)/,
          );

          process.env.MIGRATE_ALLOW_OUT_OF_ORDER = '1';
          await folder.migrate(migrator => migrator.up()).finally(() => delete process.env.MIGRATE_ALLOW_OUT_OF_ORDER);
          await using fresh = await createTestDatabase({ ...(major === undefined ? {} : { major }) });
          await withMigrations(
            async other => {
              await writeHistory(other);
              await other.write('0005_adopted_database', bodyOf(file));
              await other.migrate(migrator => migrator.up());
            },
            { url: fresh.url },
          );
          await folder.query('alter table lessons drop column theirs; drop schema drizzle cascade');
          const [left, right] = [await catalogOf(folder.url), await catalogOf(fresh.url)];
          expect(normalizeCatalog(left), 'a database made anew').to.deep.equal(normalizeCatalog(right));
          const done = await folder.migrate(async migrator => readAdoption(await migrator.project()));
          expect(done).to.deep.include({ there: [], absent: [], differs: [] });
          expect(done.rest).to.equal(undefined);
        },
        major === undefined ? {} : { major },
      ));
  }

  it('asks first: without a terminal and without --yes nothing is done', async () => {
    await using database = await createTestDatabase();
    await using project = await createProject(database.url);
    const none = await project.sunschool('migrate:adopt');
    expect(none.code).to.equal(1);
    expect(none.stderr).to.include('There are no migrations to adopt with');
    await project.write(
      'migrations/0000_a.ts',
      `import { OnlineMigration } from '${repository}/src/index.ts';
       export class M extends OnlineMigration { override readonly name = '0000_a'; up() { this.addSql('create table a (n int)'); } }`,
    );
    await withClient(database.url, client => client.query('create table a (n int)'));
    const refused = await project.sunschool('migrate:adopt');
    expect(refused.code, refused.stderr).to.equal(2);
    expect(refused.stdout).to.include('There, to be recorded:\n  0000_a');
    expect(refused.stderr).to.include('npm run migrate:adopt -- --yes');
  });
});

/** Between `up() {` and the end of the method. */
function bodyOf(file: string): string {
  return file.slice(file.indexOf('{', file.indexOf(' up()')) + 1, file.indexOf('\n  }\n', file.indexOf(' up()')));
}
