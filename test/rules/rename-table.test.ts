import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { users: table(), v: table({ kind: 'view' }) } }) };

describe('rule rename-table', () => {
  it('refuses, and gives the flag that says it is a rename, and the view with the old name', async () => {
    const verdict = await judgeSql('alter table users rename to people', context);
    expect(verdict).to.include({ kind: 'refuse', rule: 'rename-table' });
    const remedy = verdict.kind === 'refuse' ? verdict.remedy.join(' ') : '';
    expect(remedy).to.include('--rename users:people');
    expect(remedy).to.include('create view "users" as select * from "people"');
    expect(remedy).to.include('assumeSafe');
  });

  it('knows that a view needs no view', async () => {
    const verdict = await judgeSql('alter table v rename to w', context);
    expect(verdict.kind === 'refuse' && verdict.remedy.join(' ')).not.to.include('create view');
  });
});
