import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table(), empty: table({ hasRows: false }) } }) };

describe('rule unbounded-write', () => {
  for (const sql of [
    'update lessons set a = 1',
    'update lessons set a = 1 where a = 2',
    'delete from lessons where a = 2',
    'update unknown set a = 1',
    'merge into lessons l using empty e on true when matched then delete',
  ]) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql, context)).to.include({ kind: 'refuse', rule: 'unbounded-write' });
    });
  }

  it('points to the backfill', async () => {
    const verdict = await judgeSql('update lessons set a = 1', context);
    expect(verdict.kind === 'refuse' && verdict.remedy[0]).to.include("this.backfill('lessons'");
  });

  it('lets a write of an empty table through', async () => {
    const verdict = await judgeSql('update empty set a = 1', context);
    expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
      phase: 'backfill',
      locks: [{ table: 'empty', mode: 'ROW EXCLUSIVE' }],
    });
  });
});
