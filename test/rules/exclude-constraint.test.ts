import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table() } }) };

describe('rule exclude-constraint', () => {
  for (const constraint of [
    'exclude using gist (room with =, during with &&)',
    'unique (room, during without overlaps)',
    'primary key (room, during WITHOUT OVERLAPS)',
  ]) {
    it(`refuses ${constraint}`, async () => {
      const verdict = await judgeSql(`alter table lessons add constraint c ${constraint}`, context);
      expect(verdict).to.include({ kind: 'refuse', rule: 'exclude-constraint' });
    });
  }
});
