import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule vacuum-full', () => {
  for (const sql of ['vacuum full t', 'vacuum (analyze, full) t', 'cluster t using i', 'cluster']) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql)).to.include({ kind: 'refuse', rule: 'vacuum-full' });
    });
  }

  for (const sql of ['vacuum t', 'vacuum (full off) t', 'analyze t (a)']) {
    it(`lets ${sql} through, outside a transaction`, async () => {
      const verdict = await judgeSql(sql);
      expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
        rule: 'vacuum-full',
        transactional: false,
        locks: [{ table: 't', mode: 'SHARE UPDATE EXCLUSIVE' }],
      });
    });
  }
});
