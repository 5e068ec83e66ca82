import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

describe('rule drop-not-null', () => {
  it('lets it run as it is, and says what it loosens', async () => {
    const context = { facts: facts({ tables: { lessons: table() } }) };
    const verdict = await judgeSql('alter table lessons alter column subject drop not null', context);
    expect(verdict).to.include({ kind: 'online', rule: 'drop-not-null' });
    expect(verdict.kind === 'online' && verdict.steps[0].hazards).to.deep.equal([
      'A release that takes "subject" of "lessons" for granted may read null from here on.',
    ]);
  });
});
