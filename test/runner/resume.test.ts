import { expect } from 'chai';
import { MigrationError } from '../../src/errors.ts';
import { withClient } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';

const TABLE = `this.addSql('create table lessons (id int, subject text)');`;
/** As long as there is a lesson of the id 1. */
const FAILING = 'create index concurrently if not exists i on lessons ((1 / (id - 1)))';
const INDEX = 'create unique index concurrently if not exists i on lessons (id)';

async function withLessons(work: (folder: MigrationsFolder) => Promise<void>): Promise<void> {
  await withMigrations(async folder => {
    await folder.write('0000_lessons', TABLE);
    await folder.migrate(migrator => migrator.up());
    await work(folder);
  });
}

const failing = (folder: MigrationsFolder): Promise<unknown> =>
  folder.migrate(migrator => migrator.up()).catch(error => error);

describe('a migration that stopped half-way', () => {
  it('goes on behind the steps that are done, and leaves no journal', () =>
    withLessons(async folder => {
      await folder.query('insert into lessons values (1)');
      await folder.write(
        '0001_x',
        `this.addSql('alter table lessons add column a int'); this.addSql('${FAILING}'); this.addSql('alter table lessons add column b int');`,
      );
      const error = await failing(folder);
      expect(error).to.be.instanceOf(MigrationError);
      expect((error as MigrationError).explanation.left).to.match(/^1 of the 3 steps of 0001_x are done/);
      expect(await folder.query(`select 1 from pg_indexes where indexname = 'i'`), 'the invalid index').to.deep.equal(
        [],
      );
      expect(await folder.executed()).to.deep.equal(['0000_lessons']);

      await folder.query('delete from lessons');
      await folder.migrate(migrator => migrator.up());
      expect(await folder.query('select a, b from lessons')).to.deep.equal([]);
      expect(await folder.executed()).to.deep.equal(['0000_lessons', '0001_x']);
      expect(await folder.query('select * from mikro_orm_migrations_journal')).to.deep.equal([]);
    }));

  it('is not gone on with after its file was changed', () =>
    withLessons(async folder => {
      await folder.query('insert into lessons values (1)');
      await folder.write('0001_x', `this.addSql('alter table lessons add column a int'); this.addSql('${FAILING}');`);
      await failing(folder);
      await folder.query(`update mikro_orm_migrations_journal set sql = 'alter table lessons add column other int'`);
      const error = (await failing(folder)) as MigrationError;
      expect(error.explanation.title).to.equal('0001_x was changed after it stopped half-way');
      expect(error.exitCode).to.equal(2);
    }));

  it('runs in one transaction where it can: all or nothing', () =>
    withLessons(async folder => {
      await folder.write(
        '0001_x',
        `this.addSql('alter table lessons add column a int'); this.addSql('alter table lessons add column a int');`,
      );
      const error = (await failing(folder)) as MigrationError;
      expect(error.explanation.left).to.match(/^Nothing of 0001_x was changed/);
      expect(
        await folder.query(`select 1 from pg_attribute where attrelid = 'lessons'::regclass and attname = 'a'`),
      ).to.deep.equal([]);
    }));
});

describe('create index concurrently if not exists', () => {
  it('drops an invalid left-over of its name first', () =>
    withLessons(async folder => {
      await folder.query('insert into lessons values (1), (1)');
      await folder.query('create unique index concurrently i on lessons (id)').catch(() => undefined);
      expect(await folder.query('select 1 from pg_index where not indisvalid')).to.have.lengthOf(1);
      await folder.query('delete from lessons');
      await folder.write('0001_x', `this.addSql('${INDEX}');`);
      await folder.migrate(migrator => migrator.up());
      expect(await folder.query(`select indisvalid from pg_index where indexrelid = 'i'::regclass`)).to.deep.equal([
        { indisvalid: true },
      ]);
    }));

  it('takes a valid one of the same definition for done, and another one for an error', () =>
    withLessons(async folder => {
      await folder.query('create unique index i on lessons (id)');
      await folder.write('0001_x', `this.addSql('${INDEX}');`);
      await folder.migrate(migrator => migrator.up());
      await folder.write(
        '0002_x',
        `this.addSql('create index concurrently if not exists i on lessons (lower(subject))');`,
      );
      const error = (await failing(folder)) as MigrationError;
      expect(error.explanation.title).to.equal('There is another index of the name i');
      expect(await folder.executed()).to.deep.equal(['0000_lessons', '0001_x']);
    }));
});

describe('a backfill', () => {
  it('fills every row, also those that move and come while it runs', () =>
    withLessons(async folder => {
      await folder.query(`insert into lessons select n, null from generate_series(1, 20000) n`);
      await folder.write(
        '0001_fill',
        `this.backfill('lessons', { set: { subject: "'s' || id" }, where: 'subject is null' });`,
      );
      const writer = withClient(folder.url, async client => {
        for (let id = 1; id <= 300; id++) {
          await client.query('update lessons set id = id where id = $1', [id * 60]);
          await client.query('insert into lessons values ($1, null)', [20000 + id]);
        }
      });
      await folder.migrate(migrator => migrator.up());
      await writer;
      const [counts] = await folder.query(
        `select count(*) filter (where subject = 's' || id)::int as filled, count(*) filter (where subject is null and id <= 20000)::int as missed from lessons`,
      );
      expect(counts?.missed).to.equal(0);
      expect(counts?.filled).to.be.at.least(20000);
    }));

  it('fills the partitions of a partitioned table', () =>
    withMigrations(async folder => {
      await folder.query(`create table parts (id int, v int) partition by range (id);
        create table p1 partition of parts for values from (0) to (10); create table p2 partition of parts for values from (10) to (20);
        insert into parts select n from generate_series(0, 19) n`);
      await folder.write('0000_fill', `this.backfill('parts', { set: { v: 'id * 2' }, where: 'v is null' });`);
      await folder.migrate(migrator => migrator.up());
      expect(await folder.query('select count(*)::int as n from parts where v = id * 2')).to.deep.equal([{ n: 20 }]);
    }));

  it('ends with an error when its condition never stops holding', () =>
    withLessons(async folder => {
      await folder.query(`insert into lessons values (1, 'x')`);
      await folder.write('0001_fill', `this.backfill('lessons', { set: { subject: 'subject' }, where: 'true' });`);
      const error = (await failing(folder)) as MigrationError;
      expect(error.explanation.title).to.equal('The backfill of lessons does not end');
    }));
});
