import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule rename-enum-value', () => {
  it('refuses, and gives the value that is added instead', async () => {
    const verdict = await judgeSql(`alter type mood rename value 'ok' to 'it''s ok'`);
    expect(verdict).to.include({ kind: 'refuse', rule: 'rename-enum-value' });
    expect(verdict.kind === 'refuse' && verdict.remedy[0]).to.include(
      `alter type "mood" add value if not exists 'it''s ok'`,
    );
  });
});
