import { expect } from 'chai';
import type pg from 'pg';
import { readFacts } from '../../src/catalog/read-facts.ts';
import { LOCK_MODES, type LockMode } from '../../src/plan/plan.ts';
import { createTemplate, createTestDatabase, withClient } from '../support/database.ts';
import { judgeSql } from './facts.ts';

const SCHEMA = `
  create schema school;
  create type mood as enum ('good');
  create domain positive as int;
  create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
  create table users (id int primary key, name varchar(20) unique);
  create table lessons (id int primary key, user_name varchar(20) references users (name) on delete cascade,
    user_id int constraint lessons_user references users, subject varchar(10), score int constraint score_range check (score > 0));
  create table school.rooms (id int, level positive);
  create table bare (id int);
  create table parts (id int) partition by range (id);
  create table first (id int constraint bounds check (id is not null and id >= 1 and id < 5));
  create table second partition of parts for values from (5) to (9);
  create index lessons_subject on lessons (subject);
  create view names as select name from users;
  create view old_names as select 1 as one;
  create materialized view grades as select 1 as id;
  create unique index grades_id on grades (id);
  create trigger touched before update on lessons for each row execute function touch();
  create policy own on lessons;
  create statistics spread on user_id, score from lessons;
  insert into users values (1, 'a');
  insert into lessons values (1, 'a', 1, 'maths', 5);
  insert into first values (1);
`;

/** Statements that run as they are, in a transaction. */
const statements = [
  'alter table lessons alter column subject type text',
  'alter table lessons alter column user_name type varchar(30)',
  'alter table lessons drop constraint if exists score_range',
  'alter table lessons drop constraint if exists lessons_user',
  'alter table lessons drop column if exists subject',
  'drop table if exists bare',
  'drop type if exists mood',
  'drop view if exists old_names',
  'drop materialized view if exists grades',
  'alter index lessons_subject rename to by_subject',
  'alter table lessons rename constraint score_range to scores',
  'alter trigger touched on lessons rename to touch',
  'alter policy own on lessons rename to mine',
  'alter policy own on lessons using (true)',
  'drop policy if exists own on lessons',
  'create policy other on lessons using (true)',
  'alter table lessons enable row level security',
  'create trigger t before insert on lessons for each row execute function touch()',
  'alter table lessons enable always trigger touched',
  'drop trigger if exists touched on lessons',
  'create view subjects as select subject from lessons, school.rooms',
  'create or replace view names as select name, id from users',
  'create materialized view scores as select score from lessons',
  'refresh materialized view concurrently grades',
  'create table copies as select * from lessons',
  'create table like_lessons (like lessons including all)',
  'create table old_lessons (a int) inherits (lessons)',
  'alter table parts attach partition first for values from (1) to (5)',
  'alter table lessons replica identity full',
  'alter table lessons owner to current_user',
  'alter table lessons cluster on lessons_subject',
  'alter table lessons alter constraint lessons_user deferrable',
  'create statistics more on subject, score from lessons',
  'create publication changes for table lessons, school.rooms',
  'alter domain positive add constraint p check (value > 0) not valid',
  'update bare set id = 2',
  "insert into lessons values (2, 'a', 1, 'maths', 5)",
  'select * from lessons, users',
  'select * from lessons for update',
  "set local timezone = 'UTC'",
];

describe('the locks that the rules claim', () => {
  let template: string;
  before(async () => {
    template = await createTemplate('rule_locks', url =>
      withClient(url, client => client.query(SCHEMA).then(() => {})),
    );
  });

  it('are those that PostgreSQL takes', async () => {
    await using database = await createTestDatabase({ template });
    await withClient(database.url, async client => {
      const tables = Object.keys((await readFacts(client)).tables);
      for (const sql of statements) {
        const verdict = await judgeSql(sql, { facts: await readFacts(client, { tables }) });
        expect(verdict, sql).to.include({ kind: 'online' });
        const claimed = verdict.kind === 'online' ? verdict.steps[0].locks : [];
        expect(strongest(claimed), sql).to.deep.equal(strongest(await locksOf(client, sql, tables)));
      }
    });
  });
});

type Lock = { readonly table: string; readonly mode: LockMode };

/** Runs it in a transaction that is rolled back. */
async function locksOf(client: pg.Client, sql: string, tables: readonly string[]): Promise<Lock[]> {
  await client.query('begin');
  try {
    const { rows: before } =
      await client.query(`select c.oid::int, case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm')`);
    await client.query(sql);
    const { rows } = await client.query(
      `select relation::int as oid, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'`,
    );
    const names = new Map(before.map(({ oid, name }) => [oid, String(name)]));
    return rows.flatMap(({ oid, mode }) => {
      const table = names.get(oid) ?? '';
      return tables.includes(table) ? [{ table, mode: readMode(String(mode)) }] : [];
    });
  } finally {
    await client.query('rollback');
  }
}

/** `ShareUpdateExclusiveLock` as documented. */
function readMode(mode: string): LockMode {
  const words = mode.replace(/Lock$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return words.toUpperCase() as LockMode;
}

/** The strongest lock on each table. */
function strongest(locks: readonly Lock[]): Record<string, LockMode> {
  const sorted = locks.toSorted((a, b) => LOCK_MODES.indexOf(a.mode) - LOCK_MODES.indexOf(b.mode));
  return Object.fromEntries(sorted.map(({ table, mode }) => [table, mode]));
}
