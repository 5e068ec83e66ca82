import { expect } from 'chai';
import { findingsOf, LEARNERS, withSchool } from './school.ts';

describe('migrate:verify', () => {
  it('proves what is pending, on rows that it makes', () =>
    withSchool([LEARNERS, FILL], async ({ verify, folder }) => {
      const report = await verify();
      expect(report.findings).to.deep.equal([]);
      expect(report.exitCode).to.equal(0);
      expect(
        report.migrations.map(({ name, rows, outcomes: { up, down, again } }) => [name, rows, up, down, again]),
      ).to.deep.equal([
        ['0000_learners', 0, 'proved', 'proved', 'proved'],
        ['0001_fill', 50, 'proved', 'proved', 'proved'],
      ]);
      expect(await folder.query(`select 1 from pg_class where relname = 'learners'`), 'in the database').to.deep.equal(
        [],
      );
    }));

  it('finds a down that loses values without saying so', async () => {
    const [finding, ...more] = await findingsOf({
      name: '0001_round',
      up: `this.backfill('learners', { set: { grade: 0 }, where: 'grade is distinct from 0' });`,
      down: `this.backfill('learners', { set: { grade: 1 }, where: 'grade = 0' });`,
    });
    expect(more).to.deep.equal([]);
    expect(finding?.explanation).to.include({
      title: '0001_round loses values without saying so',
      subject: 'learners.grade: other values',
    });
  });
});

const FILL = {
  name: '0001_fill',
  up: `this.backfill('learners', { set: { grade: 5 }, where: 'grade is null' });`,
};
