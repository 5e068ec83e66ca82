import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table() } }) };

describe('rule column-default', () => {
  for (const alteration of ['set default gen_random_uuid()', 'drop default']) {
    it(`lets ${alteration} run as it is`, async () => {
      const verdict = await judgeSql(`alter table lessons alter column a ${alteration}`, context);
      expect(verdict).to.include({ kind: 'online', rule: 'column-default' });
      expect(verdict.kind === 'online' && verdict.steps[0].scans).to.equal(false);
    });
  }
});
