import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const context = { facts: facts({ tables: { lessons: table(), parts: table({ kind: 'partitioned' }) } }) };

describe('rule index-concurrently', () => {
  const cases: [sql: string, online: string][] = [
    [
      'create index "i" on "lessons" ("subject")',
      'create index concurrently if not exists "i" on "lessons" ("subject")',
    ],
    [
      'CREATE UNIQUE INDEX i ON lessons (a) WHERE b',
      'create unique index concurrently if not exists "i" ON lessons (a) WHERE b',
    ],
    [
      'create index concurrently "a ""b" on lessons (c desc)',
      'create index concurrently if not exists "a ""b" on lessons (c desc)',
    ],
    [
      'create index if not exists i on lessons using gin (a) include (b)',
      'create index concurrently if not exists "i" on lessons using gin (a) include (b)',
    ],
  ];
  for (const [sql, online] of cases) {
    it(`replaces ${sql}`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'replace', rule: 'index-concurrently' });
      expect(sqlOf(verdict)).to.deep.equal([online]);
      expect(await judgeSql(online, context)).to.include({ kind: 'online' });
    });
  }

  it('builds outside a transaction, under a lock that lets writes go on', async () => {
    const verdict = await judgeSql('create index concurrently if not exists i on lessons (a)', context);
    expect(verdict).to.deep.include({
      steps: [
        {
          kind: 'sql',
          phase: 'expand',
          sql: 'create index concurrently if not exists i on lessons (a)',
          locks: [{ table: 'lessons', mode: 'SHARE UPDATE EXCLUSIVE' }],
          transactional: false,
          scans: true,
          hazards: [],
          rule: 'index-concurrently',
        },
      ],
    });
  });

  it('refuses an index over a partitioned table, and lets one of the parent alone through', async () => {
    expect(await judgeSql('create index i on parts (a)', context)).to.include({ kind: 'refuse' });
    expect(await judgeSql('create index i on only parts (a)', context)).to.include({ kind: 'online' });
  });
});
