import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const context = { facts: facts({ tables: { parts: table({ kind: 'partitioned' }) } }) };

describe('rule partition-of', () => {
  const bounds = [
    "for values from ('2026-01-01') to ('2027-01-01')",
    'for values in (1, 2)',
    'for values with (modulus 4, remainder 0)',
    'default',
  ];
  for (const bound of bounds) {
    it(`makes the table beside it and attaches it: ${bound}`, async () => {
      const verdict = await judgeSql(`create table p partition of parts ${bound}`, context);
      expect(verdict).to.include({ kind: 'replace', rule: 'partition-of' });
      const [create = '', attach = '', ...more] = sqlOf(verdict);
      expect([create, attach, ...more]).to.deep.equal([
        'create table "p" (like "parts" including all excluding identity)',
        `alter table "parts" attach partition "p" ${bound}`,
      ]);
      expect(await judgeSql(create, context)).to.include({ kind: 'online' });
      expect(await judgeSql(attach, { ...context, newTables: new Set(['p']) })).to.include({ kind: 'online' });
    });
  }

  for (const more of [
    '(a not null) default',
    'for values in (1) partition by list (b)',
    'for values in (1) with (fillfactor = 70)',
  ]) {
    it(`refuses what "like" would not give it: ${more}`, async () => {
      expect(await judgeSql(`create table p partition of parts ${more}`, context)).to.include({ kind: 'refuse' });
    });
  }

  it('leaves a partition of a table of this migration alone', async () => {
    const newTables = new Set(['parts']);
    const verdict = await judgeSql('create table p partition of parts default', { ...context, newTables });
    expect(verdict).to.include({ kind: 'online', rule: 'new-table' });
  });
});
