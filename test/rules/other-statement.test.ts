import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { t: table(), 's.u': table() } }) };

describe('rule other-statement', () => {
  const cases: [sql: string, ...locks: string[]][] = [
    ['create extension if not exists citext'],
    ['create schema s'],
    ['create sequence n'],
    ['alter sequence n restart with 5'],
    ['alter sequence n owned by none'],
    ['alter sequence s.n owned by "t"."id"', 't ACCESS SHARE'],
    ['alter sequence s.n owned by s.u.id', 's.u ACCESS SHARE'],
    ['grant select on t, s.u to teacher', 't ACCESS SHARE', 's.u ACCESS SHARE'],
    ['grant usage on schema s to teacher'],
    ['revoke all on table t from public', 't ACCESS SHARE'],
    ['create statistics x on a, b from t', 't SHARE UPDATE EXCLUSIVE'],
    ['create publication p for table t, s.u', 't SHARE UPDATE EXCLUSIVE', 's.u SHARE UPDATE EXCLUSIVE'],
    ['alter publication p add table t', 't SHARE UPDATE EXCLUSIVE'],
    ['alter index i set (fillfactor = 70)'],
    ['alter default privileges grant select on tables to teacher'],
  ];
  for (const [sql, ...locks] of cases) {
    it(`lets ${sql} through`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'online' });
      expect(
        verdict.kind === 'online' && verdict.steps[0].locks.map(lock => `${lock.table} ${lock.mode}`),
      ).to.deep.equal(locks);
    });
  }
});
