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

  it('says what an insert without the column comes to', async () => {
    for (const [notNull, ends] of [
      [true, 'fails from here on'],
      [false, 'gets null from here on'],
    ] as const) {
      const columns = { a: { type: 'integer', notNull, hasDefault: true, isGenerated: false } };
      const verdict = await judgeSql('alter table lessons alter column a drop default', {
        facts: facts({ tables: { lessons: table({ columns }) } }),
      });
      expect(verdict.kind === 'online' && verdict.steps[0].hazards.join()).to.include(ends);
    }
  });
});
