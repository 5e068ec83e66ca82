/**
 * What no entity describes, as a developer writes it by hand: the online form there and back, and the blocking forms. `recipe`
 * takes the statements from the page of the rule, so that what stands there has run.
 */
import { readFileSync } from 'node:fs';

export interface HandWrittenCase {
  /** Of its file, behind the number. */
  readonly name: string;
  /** The bodies of `up` and `down`. */
  readonly up: string;
  readonly down: string;
  /** The blocking forms, by the rule that refuses them. */
  readonly refused: Readonly<Record<string, readonly string[]>>;
}

/** What is there before, called as in the pages. */
export const TABLES = sql(
  'create table lessons (id int primary key, learner_id int, subject text, room int, starts date not null)',
  'create table settings (name text primary key, value text)',
  `create table answers (id int not null, at date not null, score int check (score >= 0), primary key (id, at))
     partition by range (at)`,
  'create index answers_score on answers (score)',
  `create table answers_2025 partition of answers for values from ('2025-01-01') to ('2026-01-01')`,
  'create table answers_2026 (like answers including all)',
  `create table events (id int, at date not null, lesson_id int constraint of_lesson references lessons, primary key (id, at))
     partition by range (at)`,
  'create index events_lesson on events (lesson_id)',
  `create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01')`,
  'create table events_other partition of events default',
  'create table events_2026 (id int not null, at date not null, lesson_id int)',
  `create table replies (id int primary key, event_id int, event_at date,
     constraint to_event foreign key (event_id, event_at) references events)`,
  'create view open_lessons as select id from lessons where subject is null',
  'create materialized view grades as select id, room as grade from lessons',
  'create unique index grades_id on grades (id)',
  'create materialized view levels as select room from lessons',
  'create materialized view marks as select distinct room from lessons with no data',
  `create function touch() returns trigger language plpgsql
     as $$ begin new.room := coalesce(new.room, 1); return new; end $$`,
  'create function normalize_email(text) returns text language sql immutable as $$ select lower($1) $$',
  'create trigger touch_lessons before update on lessons for each row execute function touch()',
  'create policy all_lessons on lessons using (true)',
);

export const ROWS = `
  insert into lessons select n, n % 5, nullif(n % 2, 0)::text, n % 7, '2026-02-01' from generate_series(1, 200) n;
  insert into settings values ('term', 'spring');
  insert into answers select n, date '2025-01-01' + n, n % 10 from generate_series(1, 200) n;
  insert into answers_2026 select n, date '2026-01-01' + n, n % 10 from generate_series(1, 200) n;
  insert into events select n, date '2025-01-01' + 10 * n, n from generate_series(1, 200) n where n not between 36 and 73;
  insert into events_2026 select n, date '2026-01-01' + n, n from generate_series(1, 200) n;
  insert into replies select n, 1, date '2025-01-01' + 10 from generate_series(1, 100) n;
  refresh materialized view grades;
`;

export const handWritten: readonly HandWrittenCase[] = [
  {
    name: 'a trigger',
    up: recipe('trigger'),
    down: sql('create trigger touch_lessons before update on lessons for each row execute function touch()'),
    refused: {
      trigger: [
        'drop trigger touch_lessons on lessons',
        'alter table lessons disable trigger touch_lessons',
        'alter table lessons disable trigger all',
      ],
    },
  },
  {
    name: 'a view',
    up: recipe('drop-view'),
    down: sql('create view open_lessons as select id from lessons where subject is null'),
    refused: { 'drop-view': ['drop view open_lessons', 'drop view if exists open_lessons cascade'] },
  },
  {
    name: 'a materialized view that comes',
    up: sql(
      'create materialized view rooms as select room from lessons with no data',
      'refresh materialized view rooms',
    ),
    down: sql('drop materialized view if exists rooms'),
    refused: {
      view: ['refresh materialized view levels', 'refresh materialized view concurrently levels'],
    },
  },
  {
    name: 'a materialized view that is filled for the first time',
    up: sql(
      'create unique index concurrently if not exists marks_room on marks (room)',
      'refresh materialized view marks',
      'refresh materialized view concurrently marks',
    ),
    down: `this.assumeSafe('nobody reads it yet', 'refresh materialized view marks with no data');
      this.addSql('drop index concurrently if exists marks_room');`,
    refused: { view: ['refresh materialized view concurrently marks'] },
  },
  {
    name: 'a refreshed materialized view',
    up: recipe('view'),
    down: recipe('view'),
    refused: { view: ['refresh materialized view grades', 'refresh materialized view grades with no data'] },
  },
  {
    name: 'a routine',
    up: recipe('routine'),
    down: sql(
      'create or replace function normalize_email(text) returns text language sql immutable as $$ select lower($1) $$',
    ),
    refused: {
      'drop-routine': ['drop function normalize_email(text)'],
    },
  },
  {
    name: 'a dropped routine',
    up: recipe('drop-routine'),
    down: sql('create function normalize_email(text) returns text language sql immutable as $$ select lower($1) $$'),
    refused: { 'drop-routine': ['drop function if exists normalize_email(text) cascade'] },
  },
  {
    name: 'a policy',
    up: recipe('policy'),
    down: sql('alter table lessons disable row level security', 'drop policy if exists own_lessons on lessons'),
    refused: { policy: ['drop policy all_lessons on lessons'] },
  },
  {
    name: 'an attached partition',
    up: recipe('partition'),
    down: sql(
      'alter table answers detach partition answers_2026 concurrently',
      'alter table answers_2026 drop constraint if exists answers_2026_at_check',
    ),
    refused: {
      partition: [
        `alter table answers attach partition answers_2026 for values from ('2026-01-01') to ('2027-01-01')`,
        'alter table answers attach partition answers_2026 default',
      ],
    },
  },
  {
    name: 'an attached partition beside a default one',
    up: [
      sql(
        `alter table events_2026 add constraint bounds check (at >= '2026-01-01' and at < '2027-01-01') not valid`,
        'alter table events_2026 validate constraint bounds',
        'create unique index concurrently if not exists events_2026_pkey on events_2026 (id, at)',
        'alter table events_2026 add constraint events_2026_pkey primary key using index events_2026_pkey',
        'create index concurrently if not exists events_2026_lesson_id_idx on events_2026 (lesson_id)',
        'alter table events_2026 add constraint of_lesson foreign key (lesson_id) references lessons not valid',
        'alter table events_2026 validate constraint of_lesson',
      ),
      recipe('partition', 1),
      sql(
        `alter table events attach partition events_2026 for values from ('2026-01-01') to ('2027-01-01')`,
        'alter table events_2026 drop constraint if exists bounds',
        'alter table events_other drop constraint if exists not_2026',
      ),
    ].join('\n'),
    down: sql(
      'alter table replies drop constraint if exists to_event',
      'alter table events detach partition events_2026',
      'alter table replies add constraint to_event foreign key (event_id, event_at) references events not valid',
      'alter table replies validate constraint to_event',
      'alter table events_2026 drop constraint if exists of_lesson',
      'drop index concurrently if exists events_2026_lesson_id_idx',
      'alter table events_2026 drop constraint if exists events_2026_pkey',
    ),
    refused: {
      partition: [
        `alter table events attach partition events_2026 for values from ('2026-01-01') to ('2027-01-01')`,
        'alter table events detach partition events_2025',
        'alter table events detach partition events_2025 concurrently',
      ],
      'partition-of': [`create table events_2027 partition of events for values from ('2027-01-01') to ('2028-01-01')`],
    },
  },
  {
    name: 'a detached partition',
    up: recipe('partition', 2),
    down: sql(
      `alter table answers attach partition answers_2025 for values from ('2025-01-01') to ('2026-01-01')`,
      'alter table answers_2025 drop constraint if exists answers_2025_at_check',
    ),
    refused: { partition: ['alter table answers detach partition answers_2025'] },
  },
  {
    name: 'a new partition',
    up: recipe('partition-of'),
    down: sql('alter table answers detach partition answers_2027 concurrently', 'drop table if exists answers_2027'),
    refused: {
      'new-table': ['create table hours (lesson_id int references lessons) partition by list (lesson_id)'],
      'partition-of': [
        `create table answers_2027 partition of answers for values from ('2027-01-01') to ('2028-01-01')`,
      ],
    },
  },
  {
    name: 'an exclusion constraint on a table of its own',
    up: sql(
      'create table terms (id int primary key, days daterange)',
      'alter table terms add constraint one_at_a_time exclude using gist (days with &&)',
    ),
    down: sql('drop table if exists terms'),
    refused: {
      'exclude-constraint': [
        'alter table lessons add constraint one_a_day exclude using gist (daterange(starts, starts + 1) with &&)',
      ],
    },
  },
  {
    name: 'an update',
    up: recipe('unbounded-write'),
    down: `this.backfill('lessons', { set: { subject: 'null' }, where: 'subject is not null and id % 2 = 0' });`,
    refused: {
      'unbounded-write': [
        `update lessons set subject = 'Math'`,
        `update lessons set subject = 'Math' where id = 1`,
        'delete from lessons',
        'delete from lessons where id = 1',
        `merge into settings s using lessons l on s.name = l.subject when matched then delete`,
      ],
    },
  },
  {
    name: 'a table that is vacuumed',
    up: recipe('vacuum-full'),
    down: sql('analyze lessons'),
    refused: {
      'vacuum-full': [
        'vacuum full lessons',
        'vacuum (full, analyze) lessons',
        'vacuum full',
        'cluster lessons using lessons_pkey',
        'cluster',
      ],
    },
  },
  {
    name: 'an unlogged table that is logged from its first row on',
    up: sql('create unlogged table caches (id int)', 'alter table caches set logged'),
    down: sql('drop table if exists caches'),
    refused: {
      'set-logged': [
        'alter table lessons set unlogged',
        'alter table lessons set logged',
        'alter table lessons set tablespace pg_default',
        'alter table lessons set access method heap',
        'alter table all in tablespace pg_default set tablespace pg_default',
      ],
    },
  },
  {
    name: 'a table that nobody has to lock',
    up: sql('alter table settings add column at date'),
    down: sql('alter table settings drop column if exists at'),
    refused: { 'lock-table': ['lock table lessons', 'lock table settings, lessons in share mode nowait'] },
  },
  {
    name: 'a truncated table that has no rows yet',
    up: sql('create table drafts (id int)', 'truncate drafts'),
    down: sql('drop table if exists drafts'),
    refused: { truncate: ['truncate settings', 'truncate lessons, settings cascade'] },
  },
];

/** The body of a method that lists these statements. */
function sql(...statements: string[]): string {
  return statements.map(statement => `this.addSql(${JSON.stringify(statement)});`).join('\n');
}

/** The statements of the page's block of that number, a line each. */
function recipe(rule: string, number = 0): string {
  const page = readFileSync(new URL(`../../docs/rules/${rule}.md`, import.meta.url), 'utf8');
  const block = [...page.matchAll(/^```(sql|ts)\n(.+?)^```$/gms)][number];
  if (!block) {
    throw new Error(`docs/rules/${rule}.md has no block ${number}`);
  }
  const [, language, text = ''] = block;
  return language === 'ts' ? text : sql(...text.trim().split('\n'));
}
