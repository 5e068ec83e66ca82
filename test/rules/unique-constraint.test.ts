import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';
import { judgeInTurn } from './in-turn.ts';

const column = { type: 'integer', notNull: false, hasDefault: false, isGenerated: false };
const users = table({
  columns: { id: { ...column, notNull: true }, email: column },
  indexes: { i: { isValid: true, isUnique: true, columns: ['email'], definition: '' } },
});
const context = { facts: facts({ tables: { users, parts: table({ kind: 'partitioned' }) } }) };

describe('rule unique-constraint', () => {
  const cases: [sql: string, index: string, constraint: string][] = [
    [
      'alter table "users" add constraint "users_email_unique" unique ("email")',
      'create unique index concurrently if not exists "users_email_unique" on "users" ("email")',
      'alter table "users" add constraint "users_email_unique" unique using index "users_email_unique"',
    ],
    [
      'alter table users add unique nulls not distinct (email, id) include (at) with (fillfactor = 70) using index tablespace fast deferrable initially deferred',
      'create unique index concurrently if not exists "users_email_id_at_key" on "users" (email, id) include (at) nulls not distinct with (fillfactor = 70) tablespace fast',
      'alter table "users" add constraint "users_email_id_at_key" unique using index "users_email_id_at_key" deferrable initially deferred',
    ],
    [
      'alter table users add primary key (id)',
      'create unique index concurrently if not exists "users_pkey" on "users" (id)',
      'alter table "users" add constraint "users_pkey" primary key using index "users_pkey"',
    ],
  ];
  for (const [sql, ...steps] of cases) {
    it(`replaces ${sql}`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'replace', rule: 'unique-constraint' });
      expect(sqlOf(verdict)).to.deep.equal(steps);
      expect(await judgeInTurn(verdict, context)).to.deep.equal(['online', 'online']);
    });
  }

  it('proves the columns of a primary key not null first', async () => {
    for (const version of [15, 18]) {
      const at = { facts: { ...context.facts, version } };
      const verdict = await judgeSql('alter table users add primary key (id, email)', at);
      const sql = sqlOf(verdict);
      expect(sql.at(-3)).to.match(version === 15 ? /drop constraint/ : /validate constraint "users_email_not_null"/);
      expect(sql.slice(-2)).to.deep.equal([
        'create unique index concurrently if not exists "users_pkey" on "users" (id, email)',
        'alter table "users" add constraint "users_pkey" primary key using index "users_pkey"',
      ]);
      expect(new Set(await judgeInTurn(verdict, at))).to.deep.equal(new Set(['online']));
    }
  });

  it('lets a constraint take an index, a primary key only over columns that are not null', async () => {
    expect(await judgeSql('alter table users add constraint u unique using index i', context)).to.include({
      kind: 'online',
    });
    const key = await judgeSql('alter table users add constraint k primary key using index i', context);
    expect(key).to.include({ kind: 'replace' });
    expect(sqlOf(key)).to.deep.equal([
      'alter table "users" add constraint "users_email_not_null" not null "email" not valid',
      'alter table "users" validate constraint "users_email_not_null"',
      'alter table users add constraint k primary key using index i',
    ]);
    expect(await judgeInTurn(key, context)).to.deep.equal(['online', 'online', 'online']);
  });

  it('cuts a name of its own where PostgreSQL would', async () => {
    const long = 'ü'.repeat(30);
    const verdict = await judgeSql(`alter table "${long}" add unique ("${'c'.repeat(40)}")`, context);
    expect(sqlOf(verdict)[1]).to.include(`add constraint "${'ü'.repeat(14)}_${'c'.repeat(29)}_key" unique`);
  });

  it('refuses a partitioned table, and lets the parent alone through', async () => {
    expect(await judgeSql('alter table parts add unique (id)', context)).to.include({ kind: 'refuse' });
    expect(await judgeSql('alter table only parts add unique (id)', context)).to.include({ kind: 'online' });
  });
});
