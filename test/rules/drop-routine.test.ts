import { expect } from 'chai';
import { judgeSql, sqlOf } from './facts.ts';

describe('rule drop-routine', () => {
  const cases: [sql: string, online: string][] = [
    ['drop function f', 'drop function if exists f'],
    ['drop function "F"(int, text) cascade', 'drop function if exists "F"(int, text)'],
    ['drop procedure s.p(numeric(10, 2))', 'drop procedure if exists s.p(numeric(10, 2))'],
  ];
  for (const [sql, online] of cases) {
    it(`replaces ${sql}`, async () => {
      const verdict = await judgeSql(sql);
      expect(verdict).to.include({ kind: 'replace', rule: 'drop-routine' });
      expect(sqlOf(verdict)).to.deep.equal([online]);
      const again = await judgeSql(online);
      expect(again.kind === 'online' && again.steps[0]).to.deep.include({ phase: 'contract', locks: [] });
    });
  }
});
