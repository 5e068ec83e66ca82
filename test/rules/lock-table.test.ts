import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule lock-table', () => {
  for (const sql of ['lock table a in access share mode', 'lock a, b']) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql)).to.include({ kind: 'refuse', rule: 'lock-table' });
    });
  }
});
