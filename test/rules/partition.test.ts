import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const check = {
  type: 'check',
  columns: ['at'],
  isValidated: true,
  expression: "((at IS NOT NULL) AND (at >= '2026-01-01'::date) AND (at < '2027-01-01'::date))",
} as const;
const tables = {
  parts: table({ kind: 'partitioned' }),
  p: table({ constraints: { check } }),
  bare: table({ constraints: { open: { ...check, isValidated: false } } }),
  empty: table({ hasRows: false }),
};
const context = { facts: facts({ tables }) };
const bound = "for values from ('2026-01-01') to ('2027-01-01')";
const locks = (child: string) => [
  { table: 'parts', mode: 'SHARE UPDATE EXCLUSIVE' },
  { table: child, mode: 'ACCESS EXCLUSIVE' },
];

describe('rule partition', () => {
  for (const child of ['p', 'empty']) {
    it(`attaches ${child}, which PostgreSQL need not read`, async () => {
      const verdict = await judgeSql(`alter table parts attach partition ${child} ${bound}`, context);
      expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({ rule: 'partition', locks: locks(child) });
    });
  }

  it('refuses to attach a table without a validated check of the bounds', async () => {
    expect(await judgeSql(`alter table parts attach partition bare ${bound}`, context)).to.include({ kind: 'refuse' });
    const other = "for values from ('2026-01-01') to ('2028-01-01')";
    expect(await judgeSql(`alter table parts attach partition p ${other}`, context)).to.include({ kind: 'refuse' });
    expect(await judgeSql('alter table parts attach partition p default', context)).to.include({ kind: 'refuse' });
  });

  it('detaches concurrently, outside a transaction', async () => {
    const verdict = await judgeSql('alter table parts detach partition p', context);
    expect(verdict).to.include({ kind: 'replace' });
    expect(sqlOf(verdict)).to.deep.equal(['alter table "parts" detach partition "p" concurrently']);
    const again = await judgeSql(sqlOf(verdict)[0] ?? '', context);
    expect(again.kind === 'online' && again.steps[0]).to.deep.include({ transactional: false, locks: locks('p') });
    expect(await judgeSql('alter table parts detach partition p finalize', context)).to.include({ kind: 'online' });
  });

  it('attaches an index to that of the partitioned table', async () => {
    const verdict = await judgeSql('alter index i attach partition j', {
      facts: { ...facts({ tables: { parts: table({ kind: 'partitioned' }) } }), indexes: { i: 'parts' } },
    });
    expect(verdict).to.include({ kind: 'online', rule: 'partition' });
    expect(verdict.kind === 'online' && verdict.steps[0].locks).to.deep.equal([
      { table: 'parts', mode: 'ACCESS SHARE' },
    ]);
  });
});
