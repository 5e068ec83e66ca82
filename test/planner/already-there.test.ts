import { expect } from 'chai';
import type { DatabaseFacts } from '../../src/catalog/facts.ts';
import { findThere } from '../../src/planner/already-there.ts';
import { readStatements } from '../../src/statement/read.ts';

describe('what a database has before the migration runs', () => {
  it('is all that the migration creates, and validates', async () => {
    expect(
      await whatRuns(
        'alter table notes add size int, add constraint c check (size > 0); create table notes (size int)',
      ),
    ).to.deep.equal([]);
    expect(
      await whatRuns('alter table notes add constraint c check (size > 0) not valid, validate constraint c'),
    ).to.deep.equal([]);
  });

  it('is nothing while one thing is missing', async () => {
    expect(await whatRuns('alter table notes add size int, add grade int')).to.have.length(2);
  });

  it('is nothing that takes the name of what goes before it', async () => {
    for (const sql of [
      'alter table notes drop column size, add size int',
      'drop table notes; create table public.notes (size int)',
      `drop type mood; create type mood as enum ('a')`,
      'drop index i; create index i on notes (size)',
      'alter table notes drop constraint c, add constraint c check (size > 1) not valid, validate constraint c',
    ]) {
      expect(await whatRuns(sql), sql).to.deep.equal((await changesOf(sql)).map(({ kind }) => kind));
    }
  });

  it('keeps the second of a name when the rest is there', async () => {
    const sql = 'create table notes (size int); alter table notes drop column size, add size int';
    expect(await whatRuns(sql)).to.deep.equal(['drop column', 'add column']);
  });
});

async function whatRuns(sql: string): Promise<string[]> {
  const changes = await changesOf(sql);
  const there = findThere(changes, facts);
  return changes.filter(change => !there.has(change)).map(({ kind }) => kind);
}

async function changesOf(sql: string) {
  return (await readStatements(sql)).flatMap(({ changes }) => changes);
}

const facts = {
  version: 18,
  volatility: {},
  types: { mood: { kind: 'enum' } },
  indexes: { i: 'notes' },
  tables: {
    notes: {
      columns: { size: { type: 'integer', notNull: false, hasDefault: false, isGenerated: false } },
      constraints: { c: { type: 'check', columns: ['size'], isValidated: true } },
      indexes: { i: { isValid: true, isUnique: false, columns: ['size'], definition: '' } },
    },
  },
} as unknown as DatabaseFacts;
