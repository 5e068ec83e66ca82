import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table() } }) };

describe('rule create-table-as', () => {
  it('lets the query run in a step of its own, and names what it reads', async () => {
    const verdict = await judgeSql('create table copies as select * from lessons', context);
    expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
      rule: 'create-table-as',
      scans: true,
      locks: [{ table: 'lessons', mode: 'ACCESS SHARE' }],
    });
  });

  it('reads nothing for "with no data"', async () => {
    const verdict = await judgeSql('create table copies (a) as select b from lessons with no data', context);
    expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({ scans: false, hazards: [] });
  });
});
