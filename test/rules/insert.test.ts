import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const key = { type: 'foreign key', columns: ['u'], isValidated: true, references: 'users' } as const;
const tables = { users: table(), lessons: table({ constraints: { key } }), fresh: table() };
const context = { facts: facts({ tables }), newTables: new Set(['fresh']) };

describe('rule insert', () => {
  for (const sql of [
    `insert into lessons (u, subject) values (1, 'from'), (2, 'b') on conflict do nothing`,
    'insert into lessons select 1 where not exists (select from lessons where u = 1)',
    'insert into lessons default values',
    'insert into lessons (u) select id from users order by id limit 10',
  ]) {
    it(`lets ${sql} through, and names the parents it holds on to`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'online', rule: 'insert' });
      expect(verdict.kind === 'online' && verdict.steps[0].locks).to.deep.equal([
        { table: 'lessons', mode: 'ROW EXCLUSIVE' },
        { table: 'users', mode: 'ROW SHARE' },
      ]);
    });
  }

  for (const sql of [
    'insert into lessons (u) select id from users',
    'insert into lessons (u) select generate_series(1, 1000000)',
    'insert into lessons table users',
    'with gone as (delete from users returning id) insert into lessons (u) values (1)',
  ]) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql, context)).to.include({ kind: 'refuse', rule: 'insert' });
    });
  }

  it('lets a query fill a table of this migration', async () => {
    const verdict = await judgeSql('insert into fresh select id from users', context);
    expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
      scans: true,
      locks: [{ table: 'users', mode: 'ACCESS SHARE' }],
    });
  });
});
