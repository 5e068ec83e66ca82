import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { 'school.users': table() } }) };

describe('rule rename-column', () => {
  it('refuses, and gives the flag that says it is a rename', async () => {
    const verdict = await judgeSql('alter table school.users rename name to "display name"', context);
    expect(verdict).to.include({ kind: 'refuse', rule: 'rename-column' });
    const remedy = verdict.kind === 'refuse' ? verdict.remedy.join(' ') : '';
    expect(remedy).to.include('--rename school.users.name:display name');
    expect(remedy).to.include('assumeSafe');
  });

  it('leaves a table of this migration alone', async () => {
    const newTables = new Set(['school.users']);
    const sql = 'alter table school.users rename name to n';
    expect(await judgeSql(sql, { ...context, newTables })).to.include({ kind: 'online' });
  });
});
