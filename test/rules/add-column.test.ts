import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';
import { judgeInTurn } from './in-turn.ts';

const volatility = { now: 's', lower: 'i', gen_random_uuid: 'v', nextval: 'v', clock_timestamp: 'v' } as const;
const types = {
  email: { kind: 'domain', isConstrained: true },
  free_text: { kind: 'domain', isConstrained: false },
} as const;
const tables = { lessons: table(), users: table(), empty: table({ hasRows: false }) };

function context(version = 18) {
  return { facts: facts({ version, volatility, types, tables }) };
}

describe('rule add-column', () => {
  for (const definition of [
    'grade int',
    'grade int default null',
    'grade int not null default 5',
    "tags text[] not null default '{}'",
    'at timestamptz not null default now()',
    'at timestamptz default current_timestamp constraint known not null',
    'name text collate "C" default lower(\'A\')',
    'note free_text',
    'addresses email[]',
    'double int generated always as (grade * 2) virtual',
  ]) {
    it(`lets ${definition} through as it is`, async () => {
      const sql = `alter table lessons add column ${definition}`;
      const verdict = await judgeSql(sql, context());
      expect(verdict).to.include({ kind: 'online', rule: 'add-column' });
      expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
        sql,
        locks: [{ table: 'lessons', mode: 'ACCESS EXCLUSIVE' }],
        transactional: true,
        scans: false,
      });
    });
  }

  const cases: [definition: string, steps: string[]][] = [
    [
      '"key" uuid not null default gen_random_uuid()',
      [
        'add column if not exists "key" uuid',
        'alter column "key" set default gen_random_uuid()',
        'update "lessons" set "key" = gen_random_uuid() where "key" is null',
        'add constraint "lessons_key_not_null" not null "key" not valid',
        'validate constraint "lessons_key_not_null"',
      ],
    ],
    [
      'at timestamptz default clock_timestamp()',
      [
        'add column if not exists "at" timestamptz',
        'alter column "at" set default clock_timestamp()',
        'update "lessons" set "at" = clock_timestamp() where "at" is null',
      ],
    ],
    [
      'grade numeric(4, 2) not null default 5 check (grade > 0) constraint "most" check (grade <= 12)',
      [
        'add column if not exists "grade" numeric(4, 2) not null default 5',
        'add constraint "lessons_grade_check" check (grade > 0) not valid',
        'validate constraint "lessons_grade_check"',
        'add constraint "most" check (grade <= 12) not valid',
        'validate constraint "most"',
      ],
    ],
    [
      'a int check (a > 0) check (a < 9)',
      [
        'add column if not exists "a" int',
        'add constraint "lessons_a_check" check (a > 0) not valid',
        'validate constraint "lessons_a_check"',
        'add constraint "lessons_a_check1" check (a < 9) not valid',
        'validate constraint "lessons_a_check1"',
      ],
    ],
    [
      'user_id bigint null references users (id) on update cascade on delete set null deferrable',
      [
        'add column if not exists "user_id" bigint null',
        'add constraint "lessons_user_id_fkey" foreign key ("user_id") references users (id) on update cascade on delete set null deferrable not valid',
        'validate constraint "lessons_user_id_fkey"',
      ],
    ],
    [
      'slug text unique nulls not distinct',
      [
        'add column if not exists "slug" text',
        'create unique index concurrently if not exists "lessons_slug_key" on "lessons" ("slug") nulls not distinct',
        'add constraint "lessons_slug_key" unique using index "lessons_slug_key"',
      ],
    ],
    [
      'id uuid primary key default gen_random_uuid()',
      [
        'add column if not exists "id" uuid',
        'alter column "id" set default gen_random_uuid()',
        'update "lessons" set "id" = gen_random_uuid() where "id" is null',
        'add constraint "lessons_id_not_null" not null "id" not valid',
        'validate constraint "lessons_id_not_null"',
        'create unique index concurrently if not exists "lessons_pkey" on "lessons" ("id")',
        'add constraint "lessons_pkey" primary key using index "lessons_pkey"',
      ],
    ],
    [
      'twice int generated always as (grade * 2) virtual constraint known not null',
      [
        'add column if not exists "twice" int generated always as (grade * 2) virtual',
        'add constraint "known" not null "twice" not valid',
        'validate constraint "known"',
      ],
    ],
  ];
  for (const [definition, steps] of cases) {
    it(`takes ${definition} apart`, async () => {
      const verdict = await judgeSql(`alter table "lessons" add column ${definition}`, context());
      expect(verdict).to.include({ kind: 'replace', rule: 'add-column' });
      expect(sqlOf(verdict)).to.deep.equal(
        steps.map(sql => (/^(create|update)/.test(sql) ? sql : `alter table "lessons" ${sql}`)),
      );
      expect(new Set(await judgeInTurn(verdict, context()))).to.deep.equal(new Set(['online']));
    });
  }

  it('fills old rows in a backfill', async () => {
    const verdict = await judgeSql('alter table lessons add k uuid default gen_random_uuid()', context());
    expect(verdict.kind === 'replace' && verdict.steps[2]).to.deep.include({
      kind: 'backfill',
      phase: 'backfill',
      locks: [{ table: 'lessons', mode: 'ROW EXCLUSIVE' }],
      transactional: false,
    });
  });

  it('takes a function for volatile that nobody knows', async () => {
    expect(await judgeSql('alter table lessons add a int default f()', context())).to.include({ kind: 'replace' });
  });

  for (const definition of [
    'grade int not null',
    'grade int not null default null',
    'id serial',
    'id bigint generated by default as identity',
    'twice int generated always as (grade * 2) stored',
    'address email',
    'address public.email default null',
  ]) {
    it(`refuses ${definition}, with a way out`, async () => {
      const verdict = await judgeSql(`alter table lessons add column ${definition}`, context());
      expect(verdict).to.include({ kind: 'refuse', rule: 'add-column' });
      expect(verdict.kind === 'refuse' && verdict.remedy).to.be.an('array').that.is.not.empty;
    });
  }

  it('refuses a required column also where the table is empty: it may have rows where the file runs next', async () => {
    expect(await judgeSql('alter table empty add grade int not null', context())).to.include({ kind: 'refuse' });
  });

  it('offers a virtual column on PostgreSQL 18 alone, where there are some', async () => {
    const stored = 'alter table lessons add twice int generated always as (grade * 2) stored';
    const [on17, on18] = await Promise.all([judgeSql(stored, context(17)), judgeSql(stored, context())]);
    expect(JSON.stringify(on17)).not.to.include('virtual');
    expect(JSON.stringify(on18)).to.include('virtual');
    expect(await judgeSql(stored.replace('stored', 'virtual'), context(17))).to.include({ kind: 'refuse' });
  });

  it('lets a second run find the column there', async () => {
    const column = { type: 'integer', notNull: true, hasDefault: false, isGenerated: false };
    const there = { facts: facts({ tables: { lessons: table({ columns: { grade: column } }) } }) };
    const sql = 'alter table lessons add column if not exists grade int not null unique';
    expect(await judgeSql(sql, there)).to.include({ kind: 'online' });
  });
});
