import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table() } }) };

describe('rule storage-settings', () => {
  for (const [alteration, mode] of [
    ['alter column a set statistics 500', 'SHARE UPDATE EXCLUSIVE'],
    ['alter column a set (n_distinct = 5)', 'SHARE UPDATE EXCLUSIVE'],
    ['alter column a reset (n_distinct)', 'SHARE UPDATE EXCLUSIVE'],
    ['alter column a set storage external', 'ACCESS EXCLUSIVE'],
    ['alter column a set compression lz4', 'ACCESS EXCLUSIVE'],
    ['alter column a set generated always', 'ACCESS EXCLUSIVE'],
    ['set (fillfactor = 80)', 'SHARE UPDATE EXCLUSIVE'],
    ['reset (autovacuum_enabled)', 'SHARE UPDATE EXCLUSIVE'],
  ]) {
    it(`lets ${alteration} run as it is`, async () => {
      const verdict = await judgeSql(`alter table lessons ${alteration}`, context);
      expect(verdict).to.include({ kind: 'online', rule: 'storage-settings' });
      expect(verdict.kind === 'online' && verdict.steps[0].locks).to.deep.equal([{ table: 'lessons', mode }]);
    });
  }
});
