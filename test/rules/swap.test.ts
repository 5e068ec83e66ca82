import { expect } from 'chai';
import type { RuleContext } from '../../src/rules/rule.ts';
import { facts, judgeSql, table } from './facts.ts';

const context = (parts: Partial<NonNullable<RuleContext['swap']>> = {}, dependents: string[] = []) => ({
  facts: facts({ tables: { lessons: table({ dependents }), users: table() } }),
  swap: {
    table: 'lessons',
    vacated: new Set<string>(),
    returning: new Set(['score']),
    taken: new Set<string>(),
    ...parts,
  },
});

describe('rule swap', () => {
  it('lets a column take a name that became free in the same transaction, and names what breaks once', async () => {
    const sql = 'alter table lessons rename score_new to score';
    const verdict = await judgeSql(sql, context({ vacated: new Set(['score']) }));
    expect(verdict).to.include({ kind: 'online', rule: 'swap' });
    expect(verdict.kind === 'online' && verdict.steps[0].hazards.join()).to.include('0A000');
    expect(await judgeSql(sql, context())).to.include({ kind: 'refuse', rule: 'rename-column' });
  });

  it('lets a column give a name away that comes back', async () => {
    expect(await judgeSql('alter table lessons rename score to score_new', context())).to.include({ rule: 'swap' });
    const other = await judgeSql('alter table lessons rename title to name', context());
    expect(other).to.include({ kind: 'refuse', rule: 'rename-column' });
  });

  it('lets the old column go when its name comes back, and not while a view reads the table', async () => {
    const sql = 'alter table lessons drop column if exists score';
    expect(await judgeSql(sql, context())).to.include({ kind: 'online', rule: 'swap' });
    expect(await judgeSql(sql, context({ returning: new Set() }))).to.include({ rule: 'drop-column' });
    expect(await judgeSql(sql, context({}, ['v']))).to.include({ kind: 'refuse', rule: 'drop-column' });
  });

  it('lets a virtual column go that comes back, and no column that only takes its name', async () => {
    const sql = 'alter table lessons drop column if exists twice';
    const fact = { type: 'bigint', notNull: false, hasDefault: false };
    const on = (isGenerated: boolean) => {
      const lessons = table({ columns: { twice: { ...fact, isGenerated } } });
      return { ...context({ computed: new Set(['twice']) }), facts: facts({ tables: { lessons } }) };
    };
    expect(await judgeSql(sql, on(true))).to.include({ kind: 'online', rule: 'swap' });
    expect(await judgeSql(sql, on(false))).to.include({ rule: 'drop-column' });
  });

  it('refuses what reads rows or locks another table', async () => {
    const index = await judgeSql('create index concurrently if not exists i on lessons (score)', context());
    expect(index).to.include({ kind: 'refuse', rule: 'swap' });
    const other = await judgeSql('alter table users alter email drop default', context());
    expect(other.kind === 'refuse' && other.happens).to.include('"users"');
    expect(await judgeSql('update lessons set score = 1', context())).to.include({ kind: 'refuse', rule: 'swap' });
  });
});
