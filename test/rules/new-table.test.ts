import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';
import { judgeInTurn } from './in-turn.ts';

const tables = {
  users: table(),
  lessons: table(),
  badges: table({
    hasRows: false,
    constraints: { fk: { type: 'foreign key', columns: ['u'], isValidated: true, references: 'users' } },
  }),
};
const before = { facts: facts({ tables: { ...tables, badges: table() } }) };
const context = { facts: facts({ tables, indexes: { badges_u: 'badges' } }), newTables: new Set(['badges', 'kinds']) };

describe('rule new-table', () => {
  const apart: [sql: string, ...steps: string[]][] = [
    [
      'create table "goals" ("id" uuid, "user_id" int not null references "users" ("id") on delete cascade, "n" int)',
      'create table "goals" ("id" uuid, "user_id" int not null, "n" int)',
      'alter table "goals" add constraint "goals_user_id_fkey" foreign key ("user_id") references "users" ("id") on delete cascade not valid',
      'alter table "goals" validate constraint "goals_user_id_fkey"',
    ],
    [
      'create table goals (constraint "a b" foreign key (u, v) references s.users (id, n) match full on delete set null (u) deferrable initially deferred, u int)',
      'create table goals (u int)',
      'alter table "goals" add constraint "a b" foreign key ("u", "v") references s.users (id, n) match full on delete set null (u) deferrable initially deferred not valid',
      'alter table "goals" validate constraint "a b"',
    ],
    [
      'create table goals (u int check (u > 0) constraint f references users on delete no action not null, p int references goals, k int references kinds, check (p > 0), foreign key (p) references lessons)',
      'create table goals (u int check (u > 0) not null, p int references goals, k int references kinds, check (p > 0))',
      'alter table "goals" add constraint "f" foreign key ("u") references users on delete no action not valid',
      'alter table "goals" validate constraint "f"',
      'alter table "goals" add constraint "goals_p_fkey" foreign key ("p") references lessons not valid',
      'alter table "goals" validate constraint "goals_p_fkey"',
    ],
    [
      'alter table badges add column u int references users not null',
      'alter table badges add column u int not null',
      'alter table "badges" add constraint "badges_u_fkey" foreign key ("u") references users not valid',
      'alter table "badges" validate constraint "badges_u_fkey"',
    ],
  ];
  for (const [sql, ...steps] of apart) {
    it(`takes the foreign keys to existing tables out of ${sql}`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'replace', rule: 'new-table' });
      expect(sqlOf(verdict)).to.deep.equal(steps);
      const newTables = new Set([...context.newTables, 'goals']);
      expect(await judgeInTurn(verdict, { ...context, newTables })).to.deep.equal(steps.map(() => 'online'));
    });
  }

  it('adds the foreign keys of a partitioned table at once before PostgreSQL 18, which has them not valid', async () => {
    const sql = 'create table goals (u int references users) partition by list (u)';
    const constraint = 'alter table "goals" add constraint "goals_u_fkey" foreign key ("u") references users';
    for (const [version, ...keys] of [
      [17, constraint],
      [18, `${constraint} not valid`, 'alter table "goals" validate constraint "goals_u_fkey"'],
    ] as const) {
      const own = { facts: { ...context.facts, version }, newTables: new Set(['goals']) };
      const verdict = await judgeSql(sql, own);
      expect(sqlOf(verdict)).to.deep.equal(['create table goals (u int) partition by list (u)', ...keys]);
      expect(await judgeInTurn(verdict, own)).to.deep.equal(['online', ...keys.map(() => 'online')]);
    }
  });

  it('names the tables that a partition refers to like its table', async () => {
    for (const sql of [
      'create table b1 partition of badges for values in (1)',
      'alter table badges attach partition kinds for values in (1)',
    ]) {
      const verdict = await judgeSql(sql, context);
      const locks = [{ table: 'users', mode: 'SHARE ROW EXCLUSIVE' }];
      expect(verdict.kind === 'online' && verdict.steps[0].locks, sql).to.deep.equal(locks);
    }
  });

  it('locks the referenced table for a moment, then lets writes go on while it validates', async () => {
    const verdict = await judgeSql('create table goals (u int references users)', context);
    const steps = verdict.kind === 'replace' ? verdict.steps : [];
    expect(steps.map(({ locks, scans, transactional }) => ({ locks, scans, transactional }))).to.deep.equal([
      { locks: [], scans: false, transactional: true },
      { locks: [{ table: 'users', mode: 'SHARE ROW EXCLUSIVE' }], scans: false, transactional: true },
      { locks: [{ table: 'users', mode: 'ROW SHARE' }], scans: true, transactional: false },
    ]);
  });

  const free = [
    'create table goals (id int primary key, parent int references goals, check (id > 0), unique (parent))',
    'create table if not exists kinds (id int)',
    'create temporary table lessons (id int)',
    'create index i on badges (u)',
    'alter table badges alter column u set not null',
    'alter table badges alter column u type bigint',
    'alter table badges add constraint c check (u > 0)',
    'alter table badges add constraint k foreign key (u) references kinds',
    'alter table badges rename to b',
    'create trigger g before insert on badges for each row execute function f()',
    'update badges set u = 1',
    'drop index badges_u',
    'truncate badges, kinds',
  ];
  for (const sql of free) {
    it(`lets ${sql} through as it is, without a lock that others feel`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.deep.include({ kind: 'online', rule: 'new-table' });
      expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({ sql, locks: [], transactional: true });
    });
  }

  it('leaves what reaches out to an existing table to the rule of that change', async () => {
    const sql = 'alter table badges add constraint k foreign key (u) references users';
    expect(await judgeSql(sql, context)).to.include({ kind: 'replace', rule: 'foreign-key-not-valid' });
  });

  it('builds an index concurrently outside a transaction here too', async () => {
    const verdict = await judgeSql('create index concurrently i on badges (u)', context);
    expect(verdict.kind === 'online' && verdict.steps[0].transactional).to.equal(false);
  });

  it('refuses "if not exists" for a table with rows: what follows would be taken for changes of a new one', async () => {
    expect(await judgeSql('create table if not exists badges (u int)', before)).to.include({ kind: 'refuse' });
  });
});
