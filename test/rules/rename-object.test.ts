import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { t: table() } }) };

describe('rule rename-object', () => {
  for (const sql of [
    'alter view v rename to w',
    'alter type e rename to f',
    'alter function f(int) rename to g',
    'alter schema a rename to b',
    'alter table t set schema s',
    'alter sequence s rename to r',
  ]) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql, context)).to.include({ kind: 'refuse', rule: 'rename-object' });
    });
  }

  for (const sql of ['alter trigger g on t rename to h', 'alter policy p on public.t rename to q']) {
    it(`lets ${sql} through: no statement of an application names it`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'online', rule: 'rename-object' });
      expect(verdict.kind === 'online' && verdict.steps[0].locks).to.deep.equal([
        { table: 't', mode: 'ACCESS EXCLUSIVE' },
      ]);
    });
  }
});
