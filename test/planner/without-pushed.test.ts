import { expect } from 'chai';
import type { Catalog } from '../../src/catalog/catalog.ts';
import type { DatabaseFacts } from '../../src/catalog/facts.ts';
import { withoutPushed } from '../../src/planner/without-pushed.ts';

describe('the facts of a database that the entities were pushed to', () => {
  it('are those that the migrations make, with what others made', () => {
    const column = (notNull: boolean, type = 'text') => ({ type, notNull, hasDefault: false, isGenerated: false });
    const index = { isValid: true, isUnique: false, columns: ['id'], definition: '' };
    const notNull = (name: string) => ({ type: 'not null', columns: [name], isValidated: true });
    const facts = {
      version: 18,
      volatility: {},
      types: { mood: { kind: 'enum' }, theirs: { kind: 'enum' } },
      indexes: { i: 'users', hand: 'users' },
      tables: {
        users: {
          columns: { id: column(true), pushed: column(true), name: column(true), size: column(false, 'bigint') },
          constraints: { a: notNull('id'), b: notNull('name'), c: notNull('pushed') },
          indexes: { i: index, hand: index },
        },
        more: { columns: {}, constraints: {}, indexes: {} },
      },
    } as unknown as DatabaseFacts;
    const table = (columns: object, indexes: object) => ({ 'public.users': { columns, indexes, constraints: {} } });
    const before = {
      enums: {},
      tables: table({ id: column(true), name: column(false), size: column(false, 'integer') }, {}),
    } as unknown as Catalog;
    const after = {
      enums: { 'public.mood': [] },
      tables: { ...table(facts.tables.users?.columns ?? {}, { i: '' }), 'public.more': {} },
    } as unknown as Catalog;
    const { tables, indexes, types } = withoutPushed(facts, { before, after });
    expect(Object.keys(tables)).to.deep.equal(['users']);
    expect(tables.users?.columns).to.deep.equal({
      id: column(true),
      name: column(false),
      size: column(false, 'integer'),
    });
    expect(Object.keys(tables.users?.constraints ?? {})).to.deep.equal(['a']);
    expect(Object.keys(tables.users?.indexes ?? {})).to.deep.equal(['hand']);
    expect(indexes).to.deep.equal({ hand: 'users' });
    expect(Object.keys(types)).to.deep.equal(['theirs']);
  });
});
