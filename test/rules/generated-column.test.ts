import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table() } }) };

describe('rule generated-column', () => {
  it('refuses another expression, and lets a column become a plain one', async () => {
    const change = 'alter table lessons alter column twice set expression as (grade * 3)';
    expect(await judgeSql(change, context)).to.include({ kind: 'refuse', rule: 'generated-column' });
    const drop = 'alter table lessons alter column twice drop expression';
    expect(await judgeSql(drop, context)).to.include({ kind: 'online', rule: 'generated-column' });
  });
});
