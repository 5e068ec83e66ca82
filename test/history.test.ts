import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { DevelopmentSeeder } from '../seeders/development-seeder.ts';
import { readHistory } from '../src/generator/history.ts';
import { renderClassName } from '../src/generator/migration-name.ts';
import { OnlineMigrator } from '../src/migrator.ts';
import { captureOutput } from './seeders/school.ts';
import { catalogOf } from './support/catalogs.ts';
import { withClient, withDatabase } from './support/database.ts';
import { withSunschool } from './support/orm.ts';
import { repository } from './support/project.ts';

const directory = join(repository, 'migrations');
const history = await readHistory(directory);

describe('the history', () => {
  it('is numbered from 0000 as the schema says', () => {
    expect(history.map(({ recordedName }) => recordedName)).to.deep.equal([
      '0000_users',
      '0001_learner_profiles',
      '0002_lessons',
      '0003_learning_goals',
      '0004_quiz_answers',
      '0005_lessons_learner_index',
      '0006_quiz_answers_learner_date_index',
      '0007_one_active_lesson_per_learner',
      '0008_lessons_subject_index',
      '0009_lessons_score_range',
      '0010_users_email_optional',
      '0011_users_display_name',
      '0012_add_grade_level_column',
      '0013_populate_grade_levels',
      '0014_achievements',
      '0015_lessons_score_bigint',
      '0016_lessons_score_bigint_contract',
    ]);
  });

  for (const { file, recordedName } of history) {
    it(`${file} says its name, purpose, date and rollback`, async () => {
      const text = await readFile(join(directory, file), 'utf8');
      expect(text).to.match(
        /^\/\*\*\n \* Migration: (\w+)\n \* Purpose: .+\n( \* {3}.+\n)*?( \* Order: .+\n( \* {3}.+\n)*?)? \* Date: \d{4}-\d\d-\d\d\n( \* Deploy: .+\n( \* {3}.+\n)*?)? \* Rollback: .+\n( \* {3}.+\n)*? \*\/\n/,
      );
      expect(text).to.include(` * Migration: ${recordedName}\n`);
      expect(text).to.include(`export class ${renderClassName(recordedName)} extends OnlineMigration {`);
      expect(text).to.include(`  override readonly name = '${recordedName}';`);
      expect(text).to.include('override down(): void');
    });
  }

  it('goes through our migrator', () =>
    withDatabase(({ url }) =>
      withSunschool(url, async orm => {
        expect(orm.migrator).to.be.instanceOf(OnlineMigrator);
      }),
    ));

  it('makes what a fresh build of the entities makes, and nothing is left to do', () =>
    withDatabase(built =>
      withDatabase(async migrated => {
        await withSunschool(built.url, orm => orm.schema.create());
        await withSunschool(migrated.url, async (_orm, migrator) => {
          await migrator.up();
          expect(await migrator.checkSchema()).to.equal(false);
          expect((await migrator.create()).fileName).to.equal('');
        });
        expect(await catalogOf(migrated.url)).to.deep.equal(await catalogOf(built.url));
      }),
    ));

  it('takes each migration back exactly: up, down, up', () =>
    withDatabase(({ url }) =>
      withSunschool(url, async (_orm, migrator) => {
        for (const { recordedName } of history) {
          const before = await catalogOf(url);
          await migrator.up(recordedName);
          const after = await catalogOf(url);
          await migrator.down(recordedName);
          expect(await catalogOf(url), `after down of ${recordedName}`).to.deep.equal(before);
          await migrator.up(recordedName);
          expect(await catalogOf(url), `after the second up of ${recordedName}`).to.deep.equal(after);
          expect(after).to.not.deep.equal(before);
        }
        await migrator.down({ to: 0 });
        expect((await catalogOf(url)).tables).to.deep.equal({});
      }),
    ));

  it('goes down and up again under the development data', () =>
    withDatabase(({ url }) =>
      withSunschool(url, async (orm, migrator) => {
        await migrator.up();
        await captureOutput(() => orm.seeder.seed(DevelopmentSeeder));
        const before = await catalogOf(url);
        const answers = await rowsOf(url, 'quiz_answers');
        await migrator.down({ to: '0004' });
        expect(await rowsOf(url, 'quiz_answers')).to.deep.equal(answers);
        await migrator.up();
        expect((await migrator.getPending()).map(({ name }) => name)).to.deep.equal([
          '0013_populate_grade_levels',
          '0016_lessons_score_bigint_contract',
        ]);
        process.env.MIGRATE_CONTRACT = '1';
        await migrator.up().finally(() => delete process.env.MIGRATE_CONTRACT);
        expect(await catalogOf(url)).to.deep.equal(before);
        expect(await rowsOf(url, 'quiz_answers')).to.deep.equal(answers);
        expect(await migrator.checkSchema()).to.equal(false);
      }),
    ));
});

function rowsOf(url: string, table: string): Promise<unknown[]> {
  return withClient(
    url,
    async client => (await client.query(`select to_jsonb(t) as row from ${table} t order by id`)).rows,
  );
}
