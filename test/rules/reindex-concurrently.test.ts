import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table() }, indexes: { i: 'lessons' } }) };

describe('rule reindex-concurrently', () => {
  const cases: [sql: string, online: string][] = [
    ['reindex index i', 'reindex index concurrently "i"'],
    [
      'REINDEX (verbose, tablespace fast) TABLE "lessons"',
      'reindex (verbose, tablespace fast) table concurrently "lessons"',
    ],
  ];
  for (const [sql, online] of cases) {
    it(`replaces ${sql}`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'replace', rule: 'reindex-concurrently' });
      expect(sqlOf(verdict)).to.deep.equal([online]);
      const again = await judgeSql(online, context);
      expect(again.kind === 'online' && again.steps[0]).to.deep.include({
        locks: [{ table: 'lessons', mode: 'SHARE UPDATE EXCLUSIVE' }],
        transactional: false,
      });
    });
  }

  for (const sql of ['reindex schema public', 'reindex database concurrently sunschool', 'reindex system sunschool']) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql, context)).to.include({ kind: 'refuse', rule: 'reindex-concurrently' });
    });
  }
});
