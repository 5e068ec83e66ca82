import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const context = { facts: facts({ tables: { t: table() } }) };
const locks = [{ table: 't', mode: 'ACCESS EXCLUSIVE' }];

describe('rule policy', () => {
  for (const sql of [
    'create policy p on t using (true)',
    'alter policy p on public.t using (true)',
    'drop policy if exists p on t',
    'alter table t enable row level security',
    'alter table t no force row level security',
  ]) {
    it(`lets ${sql} through for a moment`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({ rule: 'policy', locks });
    });
  }

  it('says that without a policy nobody sees a row', async () => {
    const verdict = await judgeSql('alter table t enable row level security', context);
    expect(verdict.kind === 'online' && verdict.steps[0].hazards[0]).to.include(
      'nobody but the owner sees a row of "t"',
    );
  });

  it('adds "if exists" to a drop', async () => {
    expect(sqlOf(await judgeSql('drop policy p on t', context))).to.deep.equal(['drop policy if exists "p" on "t"']);
  });
});
