import { expect } from 'chai';
import { withMigrations } from '../support/migrations.ts';

const RECORDS = 'select name, file_hash, checksum, duration_ms from mikro_orm_migrations order by id';

describe('mikro_orm_migrations', () => {
  it('records what a migration was when it ran, in columns that stock MikroORM leaves null', () =>
    withMigrations(async folder => {
      // as an earlier version, or stock MikroORM, made it
      await folder.query(`create table mikro_orm_migrations (id serial primary key, name varchar(255), executed_at timestamptz default now());
        insert into mikro_orm_migrations (name) values ('0000_a.ts')`);
      await folder.write('0000_a', '');
      await folder.write('0001_b', `this.addSql('create table b (n int)');`);
      await folder.migrate(migrator => migrator.up());
      const [old, record] = await folder.query(RECORDS);
      expect(old).to.deep.equal({ name: '0000_a.ts', file_hash: null, checksum: null, duration_ms: null });
      expect(record?.file_hash).to.match(/^[0-9a-f]{64}$/);
      expect(record?.checksum)
        .to.match(/^[0-9a-f]{64}$/)
        .and.not.to.equal(record?.file_hash);
      expect(record?.duration_ms).to.be.within(0, 60_000);
      await folder.query(`insert into mikro_orm_migrations (name) values ('stock')`);
      await folder.query(`delete from mikro_orm_migrations where name = 'stock'`);
      await folder.migrate(migrator => migrator.down());
      expect(await folder.executed()).to.deep.equal(['0000_a.ts']);
    }));
});
