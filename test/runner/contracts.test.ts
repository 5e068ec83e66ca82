import { expect } from 'chai';
import { ExplainedError } from '../../src/errors.ts';
import { describeWaiting } from '../../src/runner/contracts/gate.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';

describe('npm run migrate before and after a deploy', () => {
  const names = async (folder: MigrationsFolder, contract?: string, to?: string): Promise<string[]> => {
    if (contract !== undefined) {
      process.env.MIGRATE_CONTRACT = contract;
    }
    try {
      return (await folder.migrate(migrator => migrator.up(to ? { to } : {}))).map(({ name }) => name.slice(0, 4));
    } finally {
      delete process.env.MIGRATE_CONTRACT;
    }
  };
  const waiting = (folder: MigrationsFolder): Promise<string[]> =>
    folder.migrate(async migrator => (await migrator.getWaiting()).map(one => describeWaiting(one)));
  const failure = async (work: Promise<unknown>): Promise<ExplainedError> => {
    const error = await work.then(
      () => undefined,
      reason => reason,
    );
    expect(error).to.be.instanceOf(ExplainedError);
    return error;
  };
  const sql = (...statements: string[]): string => statements.map(text => `this.addSql(\`${text}\`);`).join(' ');

  /** A table with a row, which a release may use. */
  const inUse = async (work: (folder: MigrationsFolder) => Promise<void>): Promise<void> =>
    withMigrations(async folder => {
      await folder.write('0000_start', sql('create table lessons (id int, score int)', 'create table users (id int)'));
      await names(folder);
      await folder.query('insert into lessons values (1, 2)');
      await work(folder);
    });
  const writePair = async (folder: MigrationsFolder): Promise<void> => {
    await folder.write('0001_marks', sql('alter table lessons add column marks int'), {
      down: sql('alter table lessons drop column if exists marks'),
    });
    await folder.write('0002_marks_contract', sql('alter table lessons drop column if exists score'), {
      contracts: '0001_marks',
      down: sql('alter table lessons add column score int'),
    });
  };

  it('runs an expand, and its contract only in a later run, when somebody says that the release is out', () =>
    inUse(async folder => {
      await writePair(folder);
      expect(await names(folder, '1'), 'asked for in the run of its expand').to.deep.equal(['0001']);
      expect(await names(folder)).to.deep.equal([]);
      expect(await waiting(folder)).to.deep.equal([
        '0002_marks_contract waits for the release that came with 0001_marks to be out; then: npm run migrate -- --contract',
      ]);
      expect(await names(folder, 'false')).to.deep.equal([]);
      const { explanation } = await failure(names(folder, '0002_marks_contrat'));
      expect(explanation).to.include({ title: 'Unknown contract: 0002_marks_contrat', left: 'Nothing was run.' });
      expect(explanation.remedy).to.deep.equal(['One of these, or no name for all of them:', '0002_marks_contract']);
      expect(await names(folder, 'true')).to.deep.equal(['0002']);
      expect(await waiting(folder)).to.deep.equal([]);
    }));

  it('runs what changes other objects in front of it, and reverts in the order of the runs', () =>
    inUse(async folder => {
      await writePair(folder);
      await folder.write('0003_hotfix', sql('alter table users add column name text'), {
        down: sql('alter table users drop column if exists name'),
      });
      await folder.write('0004_more_marks', sql('create view best as select max(marks) from lessons'), {
        down: sql('drop view if exists best'),
      });
      await folder.write('0005_best', sql('create view worst as select * from best'), {
        down: sql('drop view if exists worst'),
      });
      await folder.write('0006_other', sql('create table other (id int)'), { down: sql('drop table if exists other') });
      expect(await names(folder)).to.deep.equal(['0001', '0003', '0006']);
      expect((await waiting(folder)).slice(1)).to.deep.equal([
        '0004_more_marks waits behind 0002_marks_contract, which changes the same objects.',
        '0005_best waits behind 0004_more_marks, which changes the same objects.',
      ]);
      expect(await names(folder, '2', '0002')).to.deep.equal(['0002']);
      expect(await names(folder), 'none of them is out of order, had that run died here').to.deep.equal([
        '0004',
        '0005',
      ]);
      const refusal = await failure(folder.migrate(migrator => migrator.down(['0001_marks'])));
      expect(refusal.exitCode).to.equal(2);
      expect(refusal.explanation.remedy).to.include('--only 0002_marks_contract,0001_marks');
      const reverted = await folder.migrate(migrator => migrator.down({ to: 0 }));
      expect(
        reverted.map(({ name }) => name.slice(0, 4)),
        'those that ran last first',
      ).to.deep.equal([...['0005', '0004', '0002', '0006', '0003', '0001', '0000']]);
    }));

  it('takes a drop for a contract of the release itself: never in the run of what was pending with it', () =>
    inUse(async folder => {
      await folder.write('0001_add', sql('alter table users add column name text'));
      await folder.write('0002_drop', sql('alter table lessons drop column if exists score'), { contracts: 'release' });
      await folder.write('0003_drop', sql('drop table if exists users'), { contracts: 'release' });
      const early = await failure(names(folder, '2'));
      expect(early.exitCode).to.equal(2);
      expect(early.explanation).to.include({
        title: 'Refused: 0002_drop must wait',
        happens: 'It runs in a run of its own, after 0001_add.',
      });
      expect((await failure(names(folder, '0001_add'))).explanation.title).to.equal('No contract: 0001_add');
      expect(await names(folder)).to.deep.equal(['0001']);
      expect(await names(folder, '0003_drop'), 'only this one').to.deep.equal(['0003']);
      expect(await names(folder, '0003_drop'), 'again').to.deep.equal([]);
      expect(await names(folder, '1')).to.deep.equal(['0002']);
    }));

  it('runs all of them at once where no table of ours has a row, and goes on with a contract that stopped half-way', () =>
    withMigrations(async folder => {
      await folder.write('0000_start', sql('create table lessons (id int, score int)'));
      await writePair(folder);
      await folder.query('create table theirs as select 1 as n');
      expect(await names(folder)).to.deep.equal(['0000', '0001', '0002']);
      await folder.query('insert into lessons values (1, 2)');
      const judged = sql(
        'create index concurrently if not exists by_id on lessons (id)',
        `alter table lessons drop column if exists marks`,
      );
      await folder.write('0003_drop', judged, { contracts: 'release' });
      expect(await names(folder)).to.deep.equal([]);
      await folder.query(
        `insert into mikro_orm_migrations_journal values ('0003_drop', 'up', 0, 'create index concurrently if not exists by_id on lessons (id)');
         create index by_id on lessons (id)`,
      );
      expect(await names(folder)).to.deep.equal(['0003']);
    }));
});
