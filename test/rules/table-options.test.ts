import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule table-options', () => {
  const cases: [sql: string, mode: string][] = [
    ['alter table t replica identity full', 'ACCESS EXCLUSIVE'],
    ['alter table t owner to teacher', 'ACCESS EXCLUSIVE'],
    ['alter table t cluster on i', 'SHARE UPDATE EXCLUSIVE'],
    ['alter table t set without cluster', 'SHARE UPDATE EXCLUSIVE'],
    ['alter table t alter constraint f deferrable', 'ACCESS EXCLUSIVE'],
  ];
  for (const [sql, mode] of cases) {
    it(`lets ${sql} through`, async () => {
      const verdict = await judgeSql(sql);
      expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
        rule: 'table-options',
        locks: [{ table: 't', mode }],
      });
    });
  }

  it('does not let a foreign key be enforced again, which reads every row', async () => {
    expect(await judgeSql('alter table t alter constraint f enforced')).to.include({ kind: 'refuse' });
  });
});
