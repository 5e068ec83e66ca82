import { expect } from 'chai';
import type { Client } from 'pg';
import { sumRows } from '../../src/verify/rows/checksums.ts';
import { TableFiller } from '../../src/verify/rows/fill-tables.ts';
import type { LaterState } from '../../src/verify/rows/look-ahead.ts';
import { readRowTables } from '../../src/verify/rows/read-tables.ts';
import { withClient, withDatabase } from '../support/database.ts';

describe('the rows of migrate:verify', () => {
  for (const major of [undefined, 15] as const) {
    it(`satisfy types, checks, domains, keys and partitions, on PostgreSQL ${major ?? 18}`, () =>
      withDatabase(
        ({ url }) =>
          withClient(url, async client => {
            await client.query(SCHOOL);
            const { notes } = await fill(client);
            expect(notes).to.deep.equal(['Only 2 of 100 rows were made for flags.']);
            const counts = await countAll(client);
            expect(counts).to.deep.include({ tenants: 100, parted: 100, nodes: 100, every_type: 100, settings: 100 });
            expect(counts.people, 'people').to.be.at.least(80);
            expect(counts.passports, 'passports').to.be.at.least(80);
          }),
        { major },
      ));
  }

  it('say which table stays empty, and why', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        await client.query(
          'create table riddles (id int primary key, answer int not null check (answer = 7919 * 7907))',
        );
        const { rows, notes } = await fill(client);
        expect(rows).to.equal(0);
        expect(notes).to.deep.equal([
          'No rows were made for riddles: no value is known that satisfies the checks on answer.',
        ]);
      }),
    ));

  it('fit what later migrations want of them', () =>
    withDatabase(({ url }) =>
      withDatabase(later =>
        withClient(url, async client => {
          await client.query(NOW);
          const ahead = await withClient(later.url, async there => {
            await there.query(NOW);
            await there.query(LATER.join(';'));
            const catalog = await readRowTables(there, { without: [] });
            return { catalog, statements: [FILL] } satisfies LaterState;
          });
          const { rows, notes } = await fill(client, [ahead]);
          expect([rows, notes]).to.deep.equal([500, []]);
          for (const sql of LATER) {
            await client.query(sql);
          }
        }),
      ),
    ));

  it('are the same by their sums, whatever their order, and not when values change places', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        const sums = async () => (await sumRows(client, { without: [], isLost: () => false })).get('public.t');
        await client.query('create table t (a int, b int); insert into t values (1, 2), (3, 4)');
        const before = await sums();
        await client.query('truncate t; insert into t values (3, 4), (1, 2)');
        expect(await sums()).to.deep.equal(before);
        await client.query('truncate t; insert into t values (1, 4), (3, 2)');
        const after = await sums();
        expect(after?.columns).to.deep.equal(before?.columns);
        expect(after?.whole).to.not.equal(before?.whole);
      }),
    ));
});

function fill(client: Client, later: readonly LaterState[] = []) {
  return new TableFiller({ rows: 100, without: [] }).fill(client, later);
}

async function countAll(client: Client): Promise<Record<string, number>> {
  const { tables } = await readRowTables(client, { without: [] });
  const counts: Record<string, number> = {};
  for (const { name, quoted } of tables) {
    const { rows } = await client.query(`select count(*)::int as rows from ${quoted}`);
    counts[name.slice(name.indexOf('.') + 1)] = rows[0].rows;
  }
  return counts;
}

const SCHOOL = `
  create schema school;
  create type mood as enum ('happy', 'sad');
  create domain positive as int check (value > 0);
  create domain email as text check (value ~ '^[^@]+@[^@]+$');
  create table tenants (id uuid primary key default gen_random_uuid(), code char(2) not null unique);
  create table people (
    tenant uuid not null references tenants, id int generated always as identity, boss int, primary key (tenant, id),
    foreign key (tenant, boss) references people (tenant, id),
    name varchar(8) not null, full_name text generated always as (name || '!') stored, mail email not null unique,
    mood mood not null, moods mood[], age positive, weight numeric(5, 2) check (weight between 10 and 99.5),
    born date check (born > '1900-01-01' and born < '2020-01-01'), kind text not null check (kind in ('a', 'b')),
    meta jsonb check (jsonb_typeof(meta) = 'object'), slug text unique check (slug = lower(slug) and length(slug) = 6),
    starts timestamptz not null, ends timestamptz not null check (ends > starts),
    one int, other int, check ((one is null) <> (other is null)),
    phone text check (phone ~ '^\\+[0-9]{6,15}$'), url text check (url like 'https://%'));
  create table passports (tenant uuid, person int, note text not null, primary key (tenant, person),
    foreign key (tenant, person) references people);
  create table parted (id int, day date, primary key (id, day)) partition by range (day);
  create table parted_1 partition of parted for values from ('2026-01-01') to ('2026-02-01');
  create table nodes (id text primary key, parent text not null references nodes);
  create table flags (id int primary key, flag boolean not null unique);
  create table chickens (id int primary key, egg int);
  create table eggs (id int primary key, chicken int not null references chickens);
  alter table chickens add foreign key (egg) references eggs;
  create table only_serial (id serial primary key);
  create table lowered (id int primary key, "odd ""name" text not null);
  create unique index on lowered (lower("odd ""name"));
  create table school.settings (key text primary key, value json not null);
  create table every_type (id int8 primary key, a money, b point, c xml, d tsvector, e cidr, f macaddr, g interval, h time,
    i timetz, j bytea, k varbit(3), l int4range, m int4multirange, n oid, o pg_lsn, p float8, q "char", r text[], s bit(5),
    t inet, u box, v polygon, w circle, x tsquery, y smallint, z numeric(3, 1))`;

const NOW = `
  create type state as enum ('a', 'b', 'c');
  create table parents (id int primary key);
  create table t (id int primary key, parent int, n int, code text, label varchar(255), state state, must text, title text);
  create table days (parent int, at date not null) partition by range (at);
  create table days_2025 partition of days for values from ('2025-01-01') to ('2026-01-01');
  create table days_2026 (parent int, at date not null);
  create table events (at timestamptz not null) partition by range (at);
  create table events_other partition of events default`;

const FILL = { sql: '', backfill: { table: 't', set: { slug: 'lower(title)' }, where: 'slug is null' } };

const LATER = [
  'alter table t add check (n >= 0 and n <= 100)',
  'alter table t add foreign key (parent) references parents',
  'create unique index on t (code)',
  'alter table t alter label type varchar(4)',
  'alter table t alter must set not null',
  `alter table days_2026 add foreign key (parent) references parents`,
  `alter table days add foreign key (parent) references parents`,
  `alter table days attach partition days_2026 for values from ('2026-01-01') to ('2027-01-01')`,
  `create table events_new partition of events for values from ('2020-01-01') to (maxvalue)`,
  'alter table t add slug text',
  'update t set slug = lower(title)',
  'alter table t alter slug set not null',
  'alter table t alter code type int using code::int',
];
