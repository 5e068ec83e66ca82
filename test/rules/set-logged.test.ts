import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule set-logged', () => {
  for (const sql of [
    'alter table t set logged',
    'alter table t set unlogged',
    'alter table t set tablespace fast',
    'alter table t set access method heap',
    'alter index i set tablespace fast',
    'alter table all in tablespace slow set tablespace fast',
  ]) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql)).to.include({ kind: 'refuse', rule: 'set-logged' });
    });
  }
});
