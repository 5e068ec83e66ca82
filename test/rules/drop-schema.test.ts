import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule drop-schema', () => {
  for (const sql of ['drop schema s', 'drop schema if exists s cascade', 'drop database d']) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql)).to.include({ kind: 'refuse', rule: 'drop-schema' });
    });
  }
});
