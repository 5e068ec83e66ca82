import { expect } from 'chai';
import { MigrationError, renderError } from '../../src/errors.ts';
import type { DatabaseOptions } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';

const refusal = async (folder: MigrationsFolder, method: 'log' | 'unlog', name: string): Promise<string> => {
  const error = await folder.migrate(migrator => migrator[`${method}Migration`](name)).catch(caught => caught);
  expect(error).to.be.instanceOf(MigrationError);
  expect((error as MigrationError).exitCode).to.equal(2);
  return renderError(error);
};
const log = (folder: MigrationsFolder, name: string, force = false): Promise<void> =>
  folder.migrate(migrator => migrator.logMigration(name, { force }));
const unlog = (folder: MigrationsFolder, name: string, force = false): Promise<void> =>
  folder.migrate(migrator => migrator.unlogMigration(name, { force }));

const INDEX = 'create index concurrently if not exists i on lessons (subject)';

async function withLessons(
  work: (folder: MigrationsFolder) => Promise<void>,
  options?: DatabaseOptions,
): Promise<void> {
  await withMigrations(async folder => {
    await folder.write('0000_lessons', `this.addSql('create table lessons (id int primary key, subject text)');`);
    await folder.migrate(migrator => migrator.up());
    await work(folder);
  }, options);
}

describe('mikro-orm migration:log', () => {
  for (const major of [undefined, 15] as const) {
    it(`records what is in the database, and names what is missing or otherwise${major ? `, on PostgreSQL ${major}` : ''}`, () =>
      withLessons(
        async folder => {
          await folder.write(
            '0001_grade',
            `this.addSql('alter table lessons add column grade int');
         this.backfill('lessons', { set: { grade: 5 }, where: 'grade is null' });
         this.addSql('alter table lessons add constraint g check (grade is not null) not valid');
         this.addSql('alter table lessons validate constraint g');
         this.addSql('alter table lessons alter column grade set not null');
         this.addSql('alter table lessons drop constraint g');
         this.addSql('${INDEX}');`,
            {
              down: `this.addSql('drop index concurrently if exists i'); this.addSql('alter table lessons drop column grade');`,
            },
          );
          expect(await refusal(folder, 'log', '1')).to.match(
            /^Not recorded: 0001_grade is not in the database\n\n {2}column lessons\.grade is not there\n {2}index lessons\.i is not there\n/,
          );
          // as a run that was killed, and a person who went on by hand, leave it
          await folder.query(`insert into lessons values (1, null); alter table lessons add column grade bigint, add column theirs int;
        create index i on lessons (id)`);
          await folder.query(
            `insert into mikro_orm_migrations_journal (migration, method, position, sql) values ('0001_grade', 'up', 0, 'x')`,
          );
          const lines = (await refusal(folder, 'log', '1')).split('\n').slice(2, 6);
          expect(lines).to.have.members([
            '  column lessons.grade, type: bigint, not integer',
            '  column lessons.grade, not null: false, not true',
            '  index lessons.i: CREATE INDEX i ON public.lessons USING btree (id), not CREATE INDEX i ON public.lessons USING btree (subject)',
            '  rows of lessons are not filled: grade is null',
          ]);
          await folder.query(`alter table lessons alter column grade type int; drop index i; create index i on lessons (subject);
        update lessons set grade = 5; alter table lessons alter column grade set not null`);
          await log(folder, '1');
          expect(await folder.executed()).to.deep.equal(['0000_lessons', '0001_grade']);
          expect(await folder.query('select * from mikro_orm_migrations_journal')).to.deep.equal([]);
          const [record] = await folder.query(`select checksum from mikro_orm_migrations where name = '0001_grade'`);
          expect(record?.checksum).to.match(/^[0-9a-f]{64}$/);
        },
        { major },
      ));
  }

  it('counts what later migrations have made of it', () =>
    withLessons(async folder => {
      await folder.write('0001_a', `this.addSql('alter table lessons add column a int');`);
      await folder.write('0002_b', `this.assumeSafe('nobody reads it', 'alter table lessons rename column a to b');`);
      await folder.migrate(migrator => migrator.up());
      await unlog(folder, '0001_a', true);
      await log(folder, '0001_a');
      expect(await folder.executed()).to.have.members(['0000_lessons', '0001_a', '0002_b']);
    }));

  it('compares by names where the migrations cannot be built', () =>
    withMigrations(async folder => {
      await folder.query('create table by_hand (id int)');
      await folder.write('0000_x', `this.addSql('alter table by_hand add column x int');`);
      await folder.migrate(migrator => migrator.up());
      await folder.write(
        '0001_y',
        `this.addSql('create table y (n int not null)'); this.addSql('alter table by_hand drop column if exists x');
         this.addSql('create type kind as enum (\\'a\\')');`,
      );
      expect((await refusal(folder, 'log', '1')).split('\n').slice(2, 5)).to.have.members([
        '  table y is not there',
        '  column by_hand.x is there',
        '  enum kind is not there',
      ]);
      await folder.query(
        `create table y (n int not null); alter table by_hand drop column x; create type kind as enum ('a')`,
      );
      await log(folder, '1');
    }));
});

describe('mikro-orm migration:unlog', () => {
  it('refuses while what the migration made is there, or its file is gone, and gives way to --force', () =>
    withLessons(async folder => {
      await folder.write('0001_grade', `this.addSql('alter table lessons add column grade int');`);
      await folder.migrate(migrator => migrator.up());
      expect(await refusal(folder, 'unlog', '1')).to.match(
        /^Not taken off the record: 0001_grade is in the database\n\n {2}column lessons\.grade is there\n/,
      );
      await folder.query('alter table lessons drop column grade');
      await unlog(folder, '1');
      expect(await folder.executed()).to.deep.equal(['0000_lessons']);
      expect(await refusal(folder, 'unlog', '0')).to.include('table lessons is there');
      await folder.remove('0000_lessons');
      expect(await refusal(folder, 'unlog', '0'))
        .to.include('has no file here')
        .and.to.include('migrate:repair');
      await unlog(folder, '0', true);
      expect(await folder.executed()).to.deep.equal([]);
    }));
});
