import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { users: table(), 'school.lessons': table() } }) };

describe('rule select', () => {
  it('lets a query through, and names what it reads', async () => {
    const verdict = await judgeSql('select * from "users" u join school.lessons on true', context);
    expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
      rule: 'select',
      scans: true,
      locks: [
        { table: 'users', mode: 'ACCESS SHARE' },
        { table: 'school.lessons', mode: 'ACCESS SHARE' },
      ],
    });
    const locking = await judgeSql('select * from users for update', context);
    expect(locking.kind === 'online' && locking.steps[0].locks[0]?.mode).to.equal('ROW SHARE');
    expect(await judgeSql("select setval('s', 5)", context)).to.include({ kind: 'online' });
  });

  for (const sql of [
    'select 1 as a into t',
    'with gone as materialized (delete from users returning id) select * from gone',
    'select pg_advisory_lock(1)',
  ]) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql, context)).to.include({ kind: 'refuse', rule: 'select' });
    });
  }
});
