/** Changes of a type that would write the table anew. */
import { defineEntity, type EntitySchema, p } from '@mikro-orm/postgresql';
import type { AcceptanceCase } from './harness.ts';

const ROWS = `insert into notes (id, title, size) select n, 'note ' || n, n from generate_series(1, 50) n`;

function notes(properties: object = {}, options: object = {}): EntitySchema {
  return defineEntity({
    name: 'Note',
    tableName: 'notes',
    ...options,
    properties: { id: p.integer().primary(), title: p.text().nullable(), size: p.integer().nullable(), ...properties },
  } as never) as unknown as EntitySchema;
}

function change(
  name: string,
  [before, after]: readonly [EntitySchema | EntitySchema[], EntitySchema | EntitySchema[]],
  parts: Partial<AcceptanceCase> & { steps: string[] },
): AcceptanceCase {
  return { name, before: [before].flat(), after: [after].flat(), rows: ROWS, ...parts };
}

const sized = { checks: [{ name: 'sizes', expression: 'size >= 0 and size <= 100' }] };

const indexed = (size: object) =>
  notes(
    { code: p.string().length(40).unique('notes_code_key'), size },
    {
      checks: [{ name: 'sizes', expression: 'size >= 0 and size <= 100 and title is not null' }],
      indexes: [
        { name: 'plain', properties: ['size', 'title'] },
        {
          name: 'descending',
          properties: ['title', 'size'],
          columns: [{ name: 'title' }, { name: 'size', sort: 'DESC' }],
        },
        { name: 'partial', properties: ['title'], where: 'size > 10' },
        { name: 'covering', properties: ['title'], include: ['size'] },
        { name: 'expression', expression: 'create index "expression" on "notes" ((size + 1), lower(title))' },
      ],
      uniques: [{ name: 'both', properties: ['title', 'size'] }],
    },
  );

/** A key with its sequence, and the tables that point to it, one of them to itself. */
const family = (type: 'integer' | 'bigint', identity?: 'identity' | 'by default as identity') => {
  const numbered = <T extends { generated(kind: string): unknown }>(id: T): T =>
    identity === undefined ? id : (id.generated(identity) as T);
  const person = defineEntity({
    name: 'Person',
    tableName: 'people',
    properties: {
      id: numbered((type === 'integer' ? p.integer().primary() : p.bigint().primary()) as never),
      name: p.text().nullable(),
      parent: () =>
        p
          .manyToOne(person as never)
          .nullable()
          .deleteRule('cascade'),
    },
  } as never) as unknown as EntitySchema;
  const note = defineEntity({
    name: 'Note',
    tableName: 'notes',
    indexes: [{ name: 'notes_of', properties: ['person'] }],
    properties: {
      id: p.text().primary(),
      person: () => p.manyToOne(person as never).deleteRule('cascade'),
    },
  } as never) as unknown as EntitySchema;
  return [person, note];
};

/** What a view shows keeps its type in place even where no row would be written. */
const viewed = (length: number) => [
  notes({ code: p.string().length(length).nullable() }),
  defineEntity({
    name: 'Code',
    view: true,
    tableName: 'codes',
    expression: 'select id, code from notes where code is not null',
    properties: { id: p.integer().primary(), code: p.string().length(length) },
  } as never) as unknown as EntitySchema,
];

/** Two that are computed from it, one with a null check and a check over both, and a view that reads that. */
const computed = (size: object, type: string) => [
  notes(
    {
      size,
      twice: p.bigint().columnType(type).generated('(size * 2) virtual').comment('computed'),
      label: p.text().generated(`((title || ' ') || size) virtual`).nullable(),
    },
    {
      checks: [
        { name: 'sizes', expression: 'size >= 0 and twice >= size' },
        { name: 'labelled', expression: "label <> ''" },
      ],
    },
  ),
  defineEntity({
    name: 'Double',
    view: true,
    tableName: 'doubles',
    expression: 'select id, twice from notes where twice > 0',
    properties: { id: p.integer().primary(), twice: p.bigint().columnType(type) },
  } as never) as unknown as EntitySchema,
];

const kinds = (values: string[]) => {
  const kind = () => p.enum(values).nativeEnumName('kind');
  const note = notes(
    { kind: kind().default('a'), kinds: kind().array().nullable() },
    { indexes: [{ name: 'of_kind', properties: ['title'], where: "kind = 'a'" }] },
  );
  const page = defineEntity({
    name: 'Page',
    tableName: 'pages',
    properties: { id: p.integer().primary(), kind: kind().default('c') },
  } as never) as unknown as EntitySchema;
  return [note, page];
};

/** Indexes and a unique constraint, which PostgreSQL builds for each partition, and a check. */
const partedWith = (size: object) => [
  defineEntity({
    name: 'Note',
    tableName: 'notes',
    partitionBy: { type: 'hash', expression: 'id', partitions: 2 },
    indexes: [
      { name: 'by_size', properties: ['size'] },
      { name: 'large', properties: ['title'], where: 'size > 10' },
    ],
    uniques: [{ name: 'both', properties: ['id', 'size'] }],
    checks: [{ name: 'sizes', expression: 'size >= 0' }],
    properties: { id: p.integer().primary(), title: p.text().nullable(), size },
  } as never) as unknown as EntitySchema,
];

/** The foreign key of a partitioned table to a key that changes. */
const partedFamily = (id: object) => {
  const person = defineEntity({
    name: 'Person',
    tableName: 'people',
    properties: { id, name: p.text().nullable() },
  } as never) as unknown as EntitySchema;
  const note = defineEntity({
    name: 'Note',
    tableName: 'notes',
    partitionBy: { type: 'hash', expression: 'id', partitions: 2 },
    indexes: [{ name: 'notes_of', properties: ['person'] }],
    properties: { id: p.integer().primary(), person: () => p.manyToOne(person as never).deleteRule('cascade') },
  } as never) as unknown as EntitySchema;
  return [person, note];
};

const UUID = '6f1a3b0e-0c1d-4c8e-9a53-0d6a4b0f8a11';

const FAMILY_WRITES = (id: number): string =>
  `insert into people (name, parent_id) values ('w', 1); insert into notes (id, person_id) select 'w${id}', max(id) from people; update people set parent_id = 2 where id = 3`;

export const typeChangeCases: readonly AcceptanceCase[] = [
  change('integer to bigint', [notes({}, sized), notes({ size: p.bigint().nullable() }, sized)], {
    steps: [
      'add column if not exists "size_new" bigint null',
      'create or replace function "zz_sync_notes_size_new"()',
      'create or replace trigger "zz_sync_notes_size_new"',
      "this.backfill('notes', { set: { size_new:",
      'add constraint "sizes_new"',
      'not valid',
      'validate constraint "sizes_new"',
      "this.swap('notes', [",
      'drop trigger if exists "zz_sync_notes_size_new" on "notes"',
      'drop column if exists "size"',
      'rename column "size_new" to "size"',
      'rename constraint "sizes_new" to "sizes"',
      'drop function if exists "zz_sync_notes_size_new"()',
    ],
  }),
  change(
    'several columns of a table at once',
    [
      notes(
        {
          code: p.string().length(40).nullable(),
          key: p.text(),
          kind: p.text().nullable(),
          payload: p.json().columnType('json').nullable(),
          amounts: p.array().columnType('int[]').nullable(),
          grade: p.integer().unique('one_grade'),
          level: p.integer(),
        },
        { checks: [{ name: 'graded', expression: 'grade > 0' }] },
      ),
      notes({
        size: p.decimal().precision(10).scale(2).nullable(),
        code: p.integer().nullable(),
        key: p.uuid(),
        kind: p.enum(['a', 'b']).nativeEnumName('kind').nullable(),
        payload: p.json().columnType('jsonb').nullable(),
        amounts: p.array().columnType('bigint[]').nullable(),
        grade: p.bigint().nullable(),
        level: p.bigint().default(7),
      }),
    ],
    {
      rows: `insert into notes (id, title, size, code, key, kind, payload, amounts, grade, level)
        select n, 'note ' || n, n, n::text, gen_random_uuid()::text, 'a', '{"a":1}', array[n], n, 1 from generate_series(1, 50) n;
        insert into notes (id, key, grade, level) select n, gen_random_uuid()::text, n, 2 from generate_series(60, 70) n`,
      lost: ['notes.payload', 'notes.size'],
      writes: id => `insert into notes (id, size, code, key, kind, payload, amounts, grade, level)
        values (${id}, ${id}, '${id}', '${UUID}', 'b', '{"a":${id}}', '{1,2}', ${id}, 3); update notes set code = '7', kind = 'a' where id = ${id}`,
      // before the contract the new release may write what only the old one could not
      steps: [
        'create type "kind"',
        'drop constraint if exists "one_grade"',
        'drop constraint if exists "graded"',
        '"grade" drop not null',
        'alter column "level" set default',
        '"size_new"',
        "this.swap('notes', [",
      ],
    },
  ),
  change(
    'a column in indexes, a unique constraint and a check over several columns',
    [indexed(p.integer().default(5).comment('how large')), indexed(p.bigint().default(6).comment('how long'))],
    {
      rows: `insert into notes (id, title, size, code) select n, 'note ' || n, n, n::text from generate_series(1, 50) n`,
      writes: id =>
        `insert into notes (id, title, size, code) values (${id}, 'w${id}', 5, '${id}'); update notes set size = 6 where id = ${id}`,
      steps: ['create unique index concurrently if not exists "both_new"', '"partial_new"', 'unique using index'],
    },
  ),
  change('a key with its sequence and the foreign keys to it', [family('integer'), family('bigint')], {
    rows: `insert into people (name) select 'p' || n from generate_series(1, 20) n; update people set parent_id = 1 where id > 1;
      insert into notes select 'n' || id, id from people`,
    writes: FAMILY_WRITES,
    steps: ["this.swap('people', [", "this.swap('notes', ["],
  }),
  change(
    'a time that gets its zone',
    [
      notes({ at: p.datetime().columnType('timestamp').nullable() }),
      notes({ at: p.datetime().columnType('timestamptz').nullable() }),
    ],
    {
      rows: `insert into notes (id, at) select n, timestamp '2026-11-23' + n * interval '1 hour' from generate_series(1, 50) n`,
      decisions: { using: ["notes.at=at at time zone 'Europe/Berlin'"] },
      writes: id =>
        `insert into notes (id, at) values (${id}, '2026-11-23 10:00'); update notes set at = '2026-11-23 11:00' where id = ${id}`,
      steps: [
        `new."at_new" := (select (at at time zone 'Europe/Berlin') from (select new.*) as "notes");`,
        "this.backfill('notes', {",
        "this.swap('notes', [",
      ],
    },
  ),
  change('a longer column that a view reads, with settings of its own', [viewed(20), viewed(200)], {
    rows: `alter table notes alter code set statistics 300, alter code set storage external;
      insert into notes (id, code) select n, n::text from generate_series(1, 50) n`,
    writes: id => `insert into notes (id, code) values (${id}, '${id}'); update notes set code = 'x' where id = ${id}`,
    steps: ['set statistics 300', 'set storage external', 'drop view if exists "codes"', 'create view "codes" as'],
  }),
  change('an enum that loses a value, on two tables', [kinds(['a', 'b', 'c']), kinds(['a', 'd', 'c'])], {
    rows: `insert into notes (id, kind, kinds) select n, 'a', '{a,c}' from generate_series(1, 50) n; insert into pages values (1, 'c')`,
    decisions: { dropValue: ['kind.b'] },
    writes: id =>
      `insert into notes (id, kind, kinds) values (${id}, 'a', '{a,c}'); update notes set kind = 'c' where id = ${id}`,
    steps: [
      `create type "kind_new" as enum ('a', 'd', 'c')`,
      'new."kind_new" := new."kind"::text::"kind_new";',
      'alter type "kind" rename to "kind_old"',
      'alter type "kind_new" rename to "kind"',
      'drop type if exists "kind_old"',
    ],
  }),
  change(
    'an enum in another order, one of whose values has another name',
    [kinds(['a', 'b', 'c']), kinds(['c', 'd', 'a'])],
    {
      rows: `insert into notes (id, kind, kinds) select n, 'a', '{b,c}' from generate_series(1, 50) n; insert into pages values (1, 'c')`,
      decisions: { rename: ['kind.b:d'], reorder: ['kind'] },
      steps: [`alter type "kind" rename value 'b' to 'd'`, `create type "kind_new" as enum ('c', 'd', 'a')`],
    },
  ),
  change(
    'a key that numbers itself (identity), and the foreign keys to it',
    [family('integer', 'by default as identity'), family('bigint', 'by default as identity')],
    {
      rows: `insert into people (name) select 'p' || n from generate_series(1, 20) n; update people set parent_id = 1 where id > 1;
        insert into notes select 'n' || id, id from people`,
      writes: FAMILY_WRITES,
      steps: [
        "this.swap('people', [",
        'alter column "id_new" add generated by default as identity',
        "select setval(pg_get_serial_sequence('\"people\"', 'id_new')",
      ],
    },
  ),
  change('a key, whose old column is kept until later', [family('integer'), family('bigint')], {
    rows: `insert into people (name) select 'p' || n from generate_series(1, 20) n; update people set parent_id = 1 where id > 1;
      insert into notes select 'n' || id, id from people`,
    decisions: { keepOld: true },
    writes: FAMILY_WRITES,
    steps: [
      "this.swap('people', [",
      'rename column "id" to "id_old"',
      'rename column "id_new" to "id"',
      'create or replace trigger "zz_sync_people_id',
      "this.swap('notes', [",
      'create unique index concurrently if not exists "people_pkey_old"',
      'drop column if exists "id_old"',
    ],
  }),
  change('an enum that loses a value, and is kept until later', [kinds(['a', 'b', 'c']), kinds(['a', 'd', 'c'])], {
    rows: `insert into notes (id, kind, kinds) select n, 'a', '{a,c}' from generate_series(1, 50) n; insert into pages values (1, 'c')`,
    decisions: { dropValue: ['kind.b'], keepOld: true },
    steps: [
      'alter type "kind" rename to "kind_old"',
      'alter type "kind_new" rename to "kind"',
      'drop type if exists "kind_old"',
    ],
  }),
  change(
    'a column that virtual ones are computed from',
    [computed(p.integer(), 'int'), computed(p.bigint(), 'bigint')],
    {
      since: 18,
      writes: id =>
        `insert into notes (id, title, size) values (${id}, 'w', 1); update notes set size = 2 where id = ${id} and twice > 0`,
      steps: [
        "this.swap('notes', [",
        'drop view if exists "doubles"',
        'drop column if exists "twice"',
        'drop column if exists "size"',
        'rename column "size_new" to "size"',
        'add column if not exists "twice" bigint generated always as ((size * 2)) virtual',
        'not null "twice" not valid',
        'add constraint "sizes" check',
        'create view "doubles" as',
        'validate constraint "notes_twice_not_null"',
        'validate constraint "sizes"',
      ],
    },
  ),
  change(
    'a column that virtual ones are computed from, kept until later',
    [computed(p.integer(), 'int'), computed(p.bigint(), 'int')],
    {
      since: 18,
      decisions: { keepOld: true },
      steps: [
        "this.swap('notes', [",
        'drop column if exists "twice"',
        'rename column "size" to "size_old"',
        'add column if not exists "twice" integer generated always as',
        'drop column if exists "size_old"',
      ],
    },
  ),
  change(
    'a column in indexes, a unique constraint and a check of a partitioned table',
    [partedWith(p.integer()), partedWith(p.bigint())],
    {
      writes: id =>
        `insert into notes (id, title, size) values (${id}, 'w', 1); update notes set size = 11 where id = ${id}`,
      steps: [
        'alter table only "notes" add constraint "both_new" unique (id, "size_new")',
        'create unique index concurrently if not exists "notes_0_id_size_key_new" on "notes_0"',
        'unique using index "notes_0_id_size_key_new"',
        'alter index "both_new" attach partition "notes_0_id_size_key_new"',
        'create index if not exists "by_size_new" on only "notes"',
        'create index concurrently if not exists "notes_0_size_idx_new" on "notes_0"',
        'alter index "by_size_new" attach partition "notes_0_size_idx_new"',
        "this.swap('notes', [",
        'rename constraint "both_new" to "both"',
        'alter index "notes_0_size_idx_new" rename to "notes_0_size_idx"',
      ],
    },
  ),
  change(
    'a key to which a partitioned table has a foreign key',
    [partedFamily(p.integer().primary()), partedFamily(p.bigint().primary())],
    {
      since: 18,
      rows: `insert into people (name) select 'p' || n from generate_series(1, 20) n; insert into notes select id, id from people`,
      steps: [
        'add constraint "notes_person_id_foreign_new"',
        'not valid',
        'validate constraint "notes_person_id_foreign_new"',
        "this.swap('people', [",
        "this.swap('notes', [",
        'rename constraint "notes_person_id_foreign_new" to "notes_person_id_foreign"',
      ],
    },
  ),
];
