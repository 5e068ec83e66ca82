import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule create-type', () => {
  for (const sql of [
    `create type mood as enum ('ok')`,
    'create type pair as (a int, b int)',
    'create domain positive as int check (value > 0)',
  ]) {
    it(`lets ${sql} through, in a transaction and without a lock`, async () => {
      const verdict = await judgeSql(sql);
      expect(verdict).to.include({ kind: 'online', rule: 'create-type' });
      expect(verdict).to.have.nested.property('steps[0].locks').that.deep.equals([]);
      expect(verdict).to.have.nested.property('steps[0].transactional', true);
    });
  }
});
