import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

describe('rule rename-index', () => {
  it('lets it through, without a lock on the table', async () => {
    const context = { facts: facts({ tables: { t: table() }, indexes: { i: 't' } }) };
    const verdict = await judgeSql('alter index i rename to j', context);
    expect(verdict).to.include({ kind: 'online', rule: 'rename-index' });
    expect(verdict.kind === 'online' && verdict.steps[0].locks).to.deep.equal([]);
  });
});
