import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table() } }) };

describe('rule comment', () => {
  it('lets a comment run as it is, under the lock of its table', async () => {
    const locks = [{ table: 'lessons', mode: 'SHARE UPDATE EXCLUSIVE' }];
    for (const sql of [`comment on table lessons is 'a'`, 'comment on column public.lessons.subject is null']) {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'online', rule: 'comment' });
      expect(verdict.kind === 'online' && verdict.steps[0].locks).to.deep.equal(locks);
    }
  });

  it('locks no table for a comment on something else', async () => {
    const verdict = await judgeSql(`comment on type mood is 'a'`, context);
    expect(verdict.kind === 'online' && verdict.steps[0].locks).to.deep.equal([]);
  });
});
