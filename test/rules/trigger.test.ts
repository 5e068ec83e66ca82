import { expect } from 'chai';
import { judgeSql, sqlOf } from './facts.ts';

describe('rule trigger', () => {
  for (const sql of [
    'create trigger g before insert on t for each row execute function f()',
    'alter table t enable trigger g',
    'alter table t enable always trigger g',
  ]) {
    it(`lets ${sql} through, under a lock that lets reads go on`, async () => {
      const verdict = await judgeSql(sql);
      expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
        rule: 'trigger',
        locks: [{ table: 't', mode: 'SHARE ROW EXCLUSIVE' }],
      });
    });
  }

  it('adds "if exists" to a drop', async () => {
    const verdict = await judgeSql('drop trigger "G" on s.t cascade');
    expect(verdict).to.include({ kind: 'replace', rule: 'trigger' });
    expect(sqlOf(verdict)).to.deep.equal(['drop trigger if exists "G" on "s"."t"']);
    const again = await judgeSql(sqlOf(verdict)[0] ?? '');
    expect(again.kind === 'online' && again.steps[0]).to.deep.include({
      phase: 'contract',
      locks: [{ table: 's.t', mode: 'ACCESS EXCLUSIVE' }],
    });
  });

  for (const sql of [
    'alter table t disable trigger g',
    'alter table t disable trigger all',
    'alter table t disable trigger user',
  ]) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql)).to.include({ kind: 'refuse', rule: 'trigger' });
    });
  }
});
