import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule truncate', () => {
  it('refuses, and names every table', async () => {
    const verdict = await judgeSql('truncate a, s.b cascade');
    expect(verdict).to.include({ kind: 'refuse', rule: 'truncate' });
    expect(verdict.kind === 'refuse' && verdict.happens).to.include('"a", "s.b"');
  });

  it('leaves a table of this migration alone', async () => {
    expect(await judgeSql('truncate a', { newTables: new Set(['a']) })).to.include({ kind: 'online' });
    expect(await judgeSql('truncate a, b', { newTables: new Set(['a']) })).to.include({ kind: 'refuse' });
  });
});
