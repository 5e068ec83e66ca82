import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const tables = { v: table({ kind: 'view' }), m: table({ kind: 'materialized view', dependents: ['v'] }) };
const context = { facts: facts({ tables }) };

describe('rule drop-view', () => {
  it('adds "if exists" and takes "cascade" away', async () => {
    const verdict = await judgeSql('drop view v cascade', context);
    expect(verdict).to.include({ kind: 'replace', rule: 'drop-view' });
    expect(sqlOf(verdict)).to.deep.equal(['drop view if exists "v"']);
    expect(await judgeSql('drop view if exists "v"', context)).to.deep.include({ kind: 'online' });
  });

  it('knows a materialized view', async () => {
    expect(sqlOf(await judgeSql('drop materialized view s.w', context))).to.deep.equal([
      'drop materialized view if exists "s"."w"',
    ]);
  });

  it('refuses while another view reads it', async () => {
    const verdict = await judgeSql('drop materialized view if exists m', context);
    expect(verdict.kind === 'refuse' && verdict.happens).to.equal('"m" is needed by "v".');
  });
});
