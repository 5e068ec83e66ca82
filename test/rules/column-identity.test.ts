import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table() } }) };

describe('rule column-identity', () => {
  for (const alteration of ['add generated always as identity (start with 500)', 'drop identity if exists']) {
    it(`lets ${alteration} run as it is, and says what to mind`, async () => {
      const verdict = await judgeSql(`alter table lessons alter column id ${alteration}`, context);
      expect(verdict).to.include({ kind: 'online', rule: 'column-identity' });
      expect(verdict.kind === 'online' && verdict.steps[0].hazards).to.have.length(1);
    });
  }
});
