import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule unknown-statement', () => {
  for (const sql of ['do $$ begin perform 1; end $$', 'alter table t of kind', 'copy t from stdin', 'call f()']) {
    it(`refuses ${sql} and says how to let it through`, async () => {
      const verdict = await judgeSql(sql);
      expect(verdict).to.include({ kind: 'refuse', rule: 'unknown-statement' });
      expect(verdict.kind === 'refuse' && verdict.remedy.join(' ')).to.include('assumeSafe');
    });
  }

  it('names the statement as the parser does', async () => {
    const verdict = await judgeSql('do $$ begin perform 1; end $$');
    expect(verdict.kind === 'refuse' && verdict.happens).to.include('DoStmt');
  });
});
