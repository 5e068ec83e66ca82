import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule routine', () => {
  for (const sql of [
    "create or replace function f() returns int language sql as 'select 1'",
    "create procedure p() language sql as 'delete from t'",
  ]) {
    it(`lets ${sql} through`, async () => {
      const verdict = await judgeSql(sql);
      expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({ rule: 'routine', locks: [] });
    });
  }
});
