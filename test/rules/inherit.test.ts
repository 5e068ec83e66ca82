import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table(), users: table(), other: table() } }) };

describe('rule inherit', () => {
  it('lets a table inherit, and says that its rows are read along', async () => {
    const verdict = await judgeSql('create table old_lessons (a int) inherits (lessons)', context);
    expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
      rule: 'inherit',
      locks: [{ table: 'lessons', mode: 'SHARE UPDATE EXCLUSIVE' }],
      hazards: ['Every query of "lessons" reads its rows too from then on.'],
    });
  });

  it('names both tables', async () => {
    const verdict = await judgeSql('alter table other no inherit lessons', context);
    expect(verdict.kind === 'online' && verdict.steps[0].locks).to.deep.equal([
      { table: 'other', mode: 'ACCESS EXCLUSIVE' },
      { table: 'lessons', mode: 'ACCESS SHARE' },
    ]);
  });

  it('refuses a foreign key to an existing table along with it', async () => {
    const sql = 'create table old_lessons (a int references users) inherits (lessons)';
    expect(await judgeSql(sql, context)).to.include({ kind: 'refuse', rule: 'inherit' });
  });
});
