import { expect } from 'chai';
import { MigrationError, renderError } from '../../src/errors.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';

const SCHOOL = `
  create table users (id int primary key);
  create table lessons (id int primary key, learner int, score int, code text, subject text);
  insert into users values (1);
  insert into lessons select n, 1, n, 'code ' || n, null from generate_series(1, 50) n`;

async function refused(folder: MigrationsFolder): Promise<string> {
  const error = await folder.migrate(migrator => migrator.up()).catch(failed => failed);
  expect(error).to.be.instanceOf(MigrationError);
  expect(error.exitCode).to.equal(2);
  return renderError(error);
}

for (const major of [undefined, 15] as const) {
  describe(`rows in the way of a migration, on PostgreSQL ${major ?? 18}`, () => {
    const withSchool = (work: (folder: MigrationsFolder) => Promise<void>): Promise<void> =>
      withMigrations(
        async folder => {
          await folder.query(SCHOOL);
          await work(folder);
        },
        major === undefined ? {} : { major },
      );

    it('whose values a backfill cannot convert are shown too, in types that the migration makes', () =>
      withSchool(async folder => {
        await folder.query(`alter table lessons add column one int;
          update lessons set code = n.id::text, subject = 'MATH' from lessons n where n.id = lessons.id;
          update lessons set code = 'twelve' where id in (3, 7); update lessons set subject = 'none' where id = 5;
          update lessons set score = 40000 where id <= 20`);
        await folder.write(
          '0000_x',
          `this.addSql("create type subject as enum ('MATH')");
           this.addSql('alter table lessons add column c int, add column s subject, add column n smallint');
           this.addSql('alter table lessons add column v varchar(5), add column w char(5)[]');
           this.backfill('lessons', { where: 'c is null',
             set: { c: 'code::int', s: 'subject::subject', n: '"score"::smallint + coalesce(one, 0)', v: 'code::varchar', w: 'array[code]' } });`,
        );
        const message = await refused(folder);
        expect(message).to.include('2 rows of lessons do not fit c = code::int: id 3, 7\n');
        expect(message).to.include('1 row of lessons does not fit s = subject::subject: id 5\n');
        expect(message).to.include('2 rows of lessons do not fit v = code::varchar: id 3, 7\n');
        expect(message).to.include('2 rows of lessons do not fit w = array[code]: id 3, 7\n');
        expect(message).to.match(/more than 10 rows of lessons do not fit n = "score"::smallint.*: id (\d+, ){10}…\n/);
        const [query = ''] = /select \* from only "lessons" where \("id"\) in \(\('3'\), \('7'\)\)/.exec(message) ?? [];
        expect(await folder.query(query)).to.have.lengthOf(2);
        expect(await folder.query(`select 1 from pg_type where typname = 'subject'`)).to.deep.equal([]);
        await folder.query(`update lessons set code = '12', subject = 'MATH', score = 1`);
        await folder.migrate(migrator => migrator.up());
        expect(await folder.query('select distinct c, s, n, v from lessons')).to.deep.equal([
          { c: 12, s: 'MATH', n: 1, v: '12' },
        ]);
      }));

    it('are counted, and shown by their keys, before anything changes; mended, the same command goes on', () =>
      withSchool(async folder => {
        await folder.query(`update lessons set score = 500 where id <= 12; update lessons set learner = 7 where id = 3;
          update lessons set code = 'same' where id in (4, 5)`);
        await folder.write(
          '0000_x',
          `this.addSql('alter table lessons add column grade int');
           this.addSql('alter table lessons add constraint score_range check (score between 0 and 100) not valid');
           this.addSql('alter table lessons validate constraint score_range');
           this.addSql('alter table lessons add constraint fk foreign key (learner) references users (id) not valid');
           this.addSql('alter table lessons validate constraint fk');
           this.addSql('create unique index concurrently if not exists u_code on lessons (lower(code)) where id > 1');`,
        );
        const message = await refused(folder);
        expect(message).to.match(/12 rows of lessons do not fit check score_range: id (\d+, ){10}…\n/);
        expect(message).to.include('1 row of lessons does not fit foreign key fk: id 3\n');
        expect(message).to.include('2 rows of lessons do not fit unique index u_code: id 4, 5\n');
        expect(message).to.include('Nothing of 0000_x was changed.');
        const [query = ''] = /select "id" from only "lessons" where .*is false/.exec(message) ?? [];
        expect(await folder.query(query)).to.have.lengthOf(12);
        expect(await folder.query(`select 1 from pg_attribute where attname = 'grade'`)).to.deep.equal([]);

        await folder.query(`update lessons set score = 5, learner = 1, code = id`);
        await folder.migrate(migrator => migrator.up());
        expect(await folder.executed()).to.deep.equal(['0000_x']);
      }));

    it('are shown where a backfill would leave its condition as it is, unless a trigger fills them', () =>
      withSchool(async folder => {
        await folder.query('update lessons set subject = code where id <> 1');
        await folder.write(
          '0000_x',
          `this.addSql('alter table lessons add column slug text');
           this.backfill('lessons', { set: { slug: 'lower(subject)' }, where: 'slug is null' });`,
        );
        expect(await refused(folder)).to.include(
          '1 row of lessons does not fit the backfill, behind which slug is null still holds for them: id 1',
        );
        expect(await folder.query(`select from pg_attribute where attname = 'slug'`)).to.deep.equal([]);
        await folder.query(`create function fill() returns trigger language plpgsql as
          $$begin new.slug := coalesce(to_jsonb(new)->>'slug', 'none'); return new; end$$`);
        await folder.query('create trigger fill before update on lessons for each row execute function fill()');
        await folder.migrate(migrator => migrator.up());
        expect(await folder.query('select slug from lessons where id = 1')).to.deep.equal([{ slug: 'none' }]);
      }));

    it('are no violation where a backfill of the migration mends them', () =>
      withSchool(async folder => {
        await folder.write(
          '0000_x',
          `this.addSql('alter table lessons add column grade int');
           this.backfill('lessons', { set: { grade: 'score', subject: "'none'" }, where: 'grade is null' });
           this.addSql('alter table lessons add constraint c check (grade is not null and subject is not null) not valid');
           this.addSql('alter table lessons validate constraint c');`,
        );
        await folder.migrate(migrator => migrator.up());
        expect(await folder.executed()).to.deep.equal(['0000_x']);
      }));
  });
}

describe('a look at the rows', () => {
  it('is bounded in time, and says so; what fails then is shown in the same way', () =>
    withMigrations(async folder => {
      await folder.query(`create table t (n int); insert into t select n / 2 from generate_series(1, 300000) n`);
      await folder.write('0000_x', `this.addSql('create unique index concurrently if not exists u on t (n)');`);
      process.env.MIGRATE_ROW_CHECK_MS = '1';
      try {
        const error = await folder.migrate(migrator => migrator.up()).catch(failed => failed);
        expect(renderError(error)).to.include('could not create unique index');
        expect(await folder.query('select 1 from pg_index where not indisvalid')).to.deep.equal([]);
      } finally {
        delete process.env.MIGRATE_ROW_CHECK_MS;
      }
      expect(await refused(folder)).to.match(/299998 rows of t do not fit unique index u: ctid (\(\d+,\d+\), ){10}…/);
    }));
});
