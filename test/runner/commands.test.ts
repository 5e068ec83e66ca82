import { expect } from 'chai';
import { MigrationError, renderError } from '../../src/errors.ts';
import { withMigrations } from '../support/migrations.ts';

const create = (table: string): string => `this.addSql('create table ${table} ()');`;
const drop = (table: string): string => `this.addSql('drop table if exists ${table}');`;

describe('the migrator', () => {
  it('takes a number or a name, and refuses unknown ones', () =>
    withMigrations(async folder => {
      for (const [number, table] of ['a', 'b', 'c'].entries()) {
        await folder.write(`000${number}_${table}`, create(table), { down: drop(table) });
      }
      const unknown = await folder.migrate(migrator => migrator.up({ to: '0009' })).catch(error => error);
      expect(unknown).to.be.instanceOf(MigrationError);
      expect(renderError(unknown))
        .to.match(/^Unknown migration: 0009\n/)
        .and.to.include('0001_b');
      await folder.migrate(migrator => migrator.up({ to: '1' }));
      expect(await folder.executed()).to.deep.equal(['0000_a', '0001_b']);
      await folder.migrate(migrator => migrator.up(['0002_c']));
      const typo = await folder.migrate(migrator => migrator.down({ to: 'typo' })).catch(error => error);
      expect(typo).to.be.instanceOf(MigrationError);
      await folder.migrate(migrator => migrator.down({ to: '0000' }));
      expect(await folder.executed()).to.deep.equal(['0000_a']);
    }));

  it('says which statement failed, what is left, and goes on after the cause is mended', () =>
    withMigrations(async folder => {
      await folder.write('0000_a', `this.addSql('create table a (n int)');`);
      await folder.write(
        '0001_b',
        `this.addSql('alter table a add column m int; alter table missing add column n int');`,
      );
      const failed = renderError(await folder.migrate(migrator => migrator.up()).catch(error => error));
      expect(failed).to.match(
        /^Migration failed: 0001_b, up, step 2 of 2\n\n {2}alter table missing add column n int\n/,
      );
      expect(failed).to.include('relation "missing" does not exist (42P01)');
      expect(failed).to.include('1 of the 2 steps of 0001_b are done');
      expect(await folder.executed()).to.deep.equal(['0000_a']);
      await folder.query('create table missing ()');
      await folder.migrate(migrator => migrator.up());
      expect(await folder.executed()).to.deep.equal(['0000_a', '0001_b']);
    }));

  it('rolls executed migrations up under the last number, and the merged file runs', () =>
    withMigrations(async folder => {
      await folder.write('0000_a', create('a'), { down: drop('a') });
      await folder.write('0001_b', create('b'), { down: drop('b') });
      await folder.migrate(migrator => migrator.up());
      await folder.write('0002_c', create('c'), { down: drop('c') });
      await folder.query(`insert into mikro_orm_migrations_journal (migration, method, position, sql) values
        ('0001_b', 'down', 0, 'x')`);
      const halfWay = await folder.migrate(migrator => migrator.rollup()).catch(error => error);
      expect(renderError(halfWay)).to.match(/^Some of these migrations stopped half-way\n\n {2}0001_b\n/);
      await folder.query('delete from mikro_orm_migrations_journal');
      const { fileName } = await folder.migrate(migrator => migrator.rollup());
      const [merged] = await folder.query('select file_hash, checksum from mikro_orm_migrations');
      expect(merged?.file_hash).to.match(/^[0-9a-f]{64}$/);
      expect(merged?.checksum).to.match(/^[0-9a-f]{64}$/);
      expect(fileName).to.equal('0001_rollup_from_0000.ts');
      expect(await folder.executed()).to.deep.equal(['0001_rollup_from_0000']);
      await folder.migrate(migrator => migrator.up());
      await folder.migrate(migrator => migrator.down({ to: 0 }));
      await folder.migrate(migrator => migrator.up());
      const tables = await folder.query(`select tablename from pg_tables where schemaname = 'public' order by 1`);
      expect(tables.map(({ tablename }) => tablename)).to.deep.equal([
        'a',
        'b',
        'c',
        'mikro_orm_migrations',
        'mikro_orm_migrations_journal',
      ]);
    }));
});
