import { expect } from 'chai';
import type { DatabaseFacts } from '../../src/catalog/facts.ts';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const index = { isValid: true, isUnique: false, columns: ['user_id'], definition: '' };
const lessons = table({
  indexes: { i: index, u: { ...index, isUnique: true, columns: ['slug'] }, k: { ...index, constraint: 'lessons_key' } },
  constraints: { fk: { type: 'foreign key', columns: ['user_id'], isValidated: true, references: 'users' } },
});
const { k: _, ...without } = lessons.indexes;
const tables = { lessons, bare: { ...lessons, indexes: without }, parts: table({ kind: 'partitioned' }) };
const context = { facts: facts({ tables, indexes: { i: 'lessons', u: 'lessons', k: 'lessons', p: 'parts' } }) };

describe('rule drop-index-concurrently', () => {
  const cases: [sql: string, online: string][] = [
    ['drop index "i"', 'drop index concurrently if exists "i"'],
    ['drop index if exists public.i', 'drop index concurrently if exists "public"."i"'],
    ['drop index concurrently i', 'drop index concurrently if exists "i"'],
    ['drop index nowhere', 'drop index concurrently if exists "nowhere"'],
  ];
  for (const [sql, online] of cases) {
    it(`replaces ${sql}`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'replace', rule: 'drop-index-concurrently' });
      expect(sqlOf(verdict)).to.deep.equal([online]);
      expect(await judgeSql(online, context)).to.include({ kind: 'online' });
    });
  }

  it('drops outside a transaction, under a lock that lets reads and writes go on', async () => {
    const verdict = await judgeSql('drop index concurrently if exists i', context);
    expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
      phase: 'contract',
      locks: [{ table: 'lessons', mode: 'SHARE UPDATE EXCLUSIVE' }],
      transactional: false,
    });
  });

  it('says what still needs the index', async () => {
    const alone = { facts: { ...context.facts, indexes: { i: 'bare', u: 'bare' } } };
    const hazards = async (sql: string, at: { facts: DatabaseFacts } = alone): Promise<unknown> => {
      const verdict = await judgeSql(sql, at);
      return verdict.kind === 'online' && verdict.steps[0].hazards;
    };
    expect(await hazards('drop index concurrently if exists i')).to.deep.equal([
      'No other index leads with "user_id": each delete in "users" reads the whole table.',
    ]);
    expect(await hazards('drop index concurrently if exists u')).to.deep.equal([
      'Duplicate values can come in from here on.',
    ]);
    expect(await hazards('drop index concurrently if exists i', context)).to.deep.equal([]);
  });

  it('refuses what PostgreSQL does not drop so: of a constraint, of a partitioned table, with cascade', async () => {
    for (const sql of ['drop index k', 'drop index p', 'drop index i cascade']) {
      expect(await judgeSql(sql, context)).to.include({ kind: 'refuse', rule: 'drop-index-concurrently' });
    }
    expect(await judgeSql('drop index k', context)).to.deep.include({
      remedy: ['alter table "lessons" drop constraint "lessons_key"'],
    });
  });
});
