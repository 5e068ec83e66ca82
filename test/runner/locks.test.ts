import { expect } from 'chai';
import { withClient } from '../support/database.ts';
import { withMigrations } from '../support/migrations.ts';
import { startUp } from './crash-school.ts';

describe('a step whose table is locked by an open transaction', () => {
  it('gets its lock when that ends, and readers and writers go on meanwhile', () =>
    withMigrations(async folder => {
      await folder.query(
        'create table lessons (id int primary key, subject text); insert into lessons values (1), (2)',
      );
      await folder.write('0000_x', `this.addSql('alter table lessons add column a int');`);
      await withClient(folder.url, async holder => {
        await holder.query('begin; update lessons set subject = 1 where id = 1');
        let isDone = false;
        const up = folder
          .migrate(migrator => migrator.up())
          .finally(() => {
            isDone = true;
          });
        // ours is there, waits and gives way, again and again: the writers come through between its attempts
        for (let reads = 0; reads < 20; reads++) {
          await folder.query('select * from lessons');
          await folder.query('update lessons set subject = 2 where id = 2');
        }
        expect(isDone).to.equal(false);
        await holder.query('commit');
        await up;
      });
      expect(await folder.query('select id, a from lessons order by id')).to.deep.equal([
        { id: 1, a: null },
        { id: 2, a: null },
      ]);
    }));

  it('is waited for by a run that finds it locked against readers, which says by whom', () =>
    withMigrations(async folder => {
      await folder.query('create table lessons (id int primary key check (id > 0))');
      await folder.write('0000_x', `this.addSql('alter table lessons add column a int');`);
      await withClient(folder.url, async holder => {
        await holder.query(`set application_name = 'the report'; begin; lock table lessons`);
        const child = startUp(folder);
        await child.until(({ text }) => /^Waits for tables .+: lessons by pid \d+ \(the report/.test(text ?? ''));
        await holder.query('commit');
        expect(await child.ended, child.stderr()).to.equal(0);
      });
      expect(await folder.query('select a from lessons')).to.deep.equal([]);
    }));
});
