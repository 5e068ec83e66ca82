import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule rename-constraint', () => {
  it('lets it through', async () => {
    const verdict = await judgeSql('alter table s.t rename constraint a to b');
    expect(verdict).to.include({ kind: 'online', rule: 'rename-constraint' });
    expect(verdict.kind === 'online' && verdict.steps[0].locks).to.deep.equal([
      { table: 's.t', mode: 'ACCESS EXCLUSIVE' },
    ]);
  });
});
