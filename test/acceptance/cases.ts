/** A change of entities for each row of what the generator promises. */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { AcceptanceCase } from './harness.ts';
import { keyCases } from './key-cases.ts';
import { partitionCases } from './partition-cases.ts';

export const id = () => p.integer().primary();
const parents = defineEntity({ name: 'Parent', tableName: 'parents', properties: { id: id() } });
export const ROWS = `insert into notes (id, title, size) select n, 'note ' || n, n from generate_series(1, 50) n`;

type Options = Omit<Parameters<typeof defineEntity>[0], 'name' | 'tableName' | 'properties'>;

/** The table of most cases. */
export function notes(properties: object = {}, options: object = {}) {
  return defineEntity({
    name: 'Note',
    tableName: 'notes',
    ...(options as Options),
    properties: Object.fromEntries(
      Object.entries({ id: id(), title: p.text().nullable(), size: p.integer().nullable(), ...properties }).filter(
        ([, property]) => property,
      ),
    ),
  } as Parameters<typeof defineEntity>[0]);
}

/** Notes and the pages that refer to them. */
function notesAndPages() {
  const note = notes();
  const page = defineEntity({
    name: 'Page',
    tableName: 'pages',
    properties: { id: id(), note: () => p.manyToOne(note as never) },
  } as never);
  return [note, page];
}

export function change(
  name: string,
  after: ReturnType<typeof notes>,
  parts: Partial<AcceptanceCase> & { steps: string[] },
): AcceptanceCase {
  return { name, before: [notes()], after: [after], rows: ROWS, ...parts } as AcceptanceCase;
}

/** Values of an enum in a column, an array, a check and an index. */
function kind(values: string[], value: string) {
  return notes(
    {
      kind: p.enum(values).nativeEnumName('kind').default(value).nullable(),
      kinds: p.enum(values).array().nativeEnumName('kind').nullable(),
    },
    {
      checks: [{ name: 'has_kind', expression: `kind <> '${value}' or size is null` }],
      indexes: [{ name: 'of_kind', properties: ['size'], where: `kind = '${value}'` }],
    },
  );
}

/** The name of their type is a word that PostgreSQL keeps for itself. */
function moods(values: string[]) {
  const all = values.map(value => `"${value.replaceAll('"', '\\"').replaceAll("'", "''")}"`);
  return notes({
    moods: p.enum(values).array().nativeEnumName('order').defaultRaw(`'{${all}}'`).nullable(),
  });
}

/** PostgreSQL cuts the name at 63 bytes. */
const longCheck = (expression: string) => ({
  checks: [{ name: 'the size of a note is not beyond what a child can read in a minute', expression }],
});

/** How a column becomes not null where PostgreSQL knows no `not null … not valid`. */
const provenBefore18 = (column: string) => [
  `add constraint "notes_${column}_not_null" check ("${column}" is not null) not valid`,
  `validate constraint "notes_${column}_not_null"`,
  `alter column "${column}" set not null`,
  `drop constraint if exists "notes_${column}_not_null"`,
];

const index = (name: string, more: object = {}) => notes({}, { indexes: [{ name, properties: ['size'], ...more }] });

const gin = { name: 'by_tags', properties: ['tags'], type: 'gin' };
const uniqueIndex = notes({}, { uniques: [{ name: 'one_title', properties: ['title'], where: 'size > 10' }] });

const counting = {
  name: 'counting',
  timing: 'before',
  events: ['insert', 'update'],
  body: `new.size := coalesce(new.size, 0); return new;`,
} as const;

const view = (expression: string) =>
  defineEntity({
    name: 'Title',
    view: true,
    tableName: 'titles',
    expression,
    properties: { id: p.integer().primary(), title: p.text().nullable() },
  } as never);

export const cases: readonly AcceptanceCase[] = [
  change('a simple index', index('notes_size'), {
    steps: ['create index concurrently if not exists "notes_size" on "notes" ("size")'],
  }),
  change(
    'a composite index with order',
    notes(
      {},
      {
        indexes: [
          { name: 'i', properties: ['size', 'title'], columns: [{ name: 'size' }, { name: 'title', sort: 'DESC' }] },
        ],
      },
    ),
    { steps: ['create index concurrently if not exists "i"'] },
  ),
  change('a partial index', index('i', { where: 'size > 10' }), {
    steps: ['create index concurrently if not exists "i" on "notes" ("size") where size > 10'],
  }),
  change('a covering index', index('i', { include: ['title'] }), {
    steps: ['create index concurrently if not exists "i"'],
  }),
  change(
    'an expression index',
    notes({}, { indexes: [{ name: 'i', expression: 'create index "i" on "notes" (lower(title))' }] }),
    {
      steps: ['create index concurrently if not exists "i" on "notes" (lower(title))'],
    },
  ),
  {
    ...change('the drop of an index', notes(), { steps: ['drop index concurrently if exists "i"'] }),
    before: [index('i')],
  } as AcceptanceCase,
  {
    ...change('a changed index', index('i', { where: 'size > 10' }), {
      steps: [
        'create index concurrently if not exists "i_new" on "notes" ("size") where size > 10',
        'drop index concurrently if exists "i"',
        'alter index "i_new" rename to "i"',
      ],
    }),
    before: [index('i', { where: 'size > 20' })],
  } as AcceptanceCase,
  change('a unique constraint', notes({ size: p.integer().nullable().unique('notes_size_key') }), {
    steps: [
      'create unique index concurrently if not exists "notes_size_key"',
      'add constraint "notes_size_key" unique using index',
    ],
  }),
  change('a check', notes({}, { checks: [{ name: 'sizes', expression: 'size between 0 and 100' }] }), {
    steps: ['add constraint "sizes" check (size between 0 and 100) not valid', 'validate constraint "sizes"'],
  }),
  {
    ...change('a changed check', notes({}, { checks: [{ name: 'sizes', expression: 'size < 1000' }] }), {
      steps: [
        'add constraint "sizes_new" check (size < 1000) not valid',
        'validate constraint "sizes_new"',
        'drop constraint if exists "sizes"',
        'rename constraint "sizes_new" to "sizes"',
      ],
    }),
    before: [notes({}, { checks: [{ name: 'sizes', expression: 'size < 100' }] })],
  } as AcceptanceCase,
  {
    ...change('a foreign key', notes({ parent: () => p.manyToOne(parents).nullable() }), {
      steps: [
        'add "parent_id" int null',
        'foreign key ("parent_id") references "parents" ("id")',
        'not valid',
        'validate constraint',
      ],
    }),
    before: [parents, notes()],
    after: [parents, notes({ parent: () => p.manyToOne(parents).nullable() })],
    rows: `insert into parents values (1); ${ROWS}`,
  } as unknown as AcceptanceCase,
  {
    ...change('a new table with a foreign key', notes(), {
      steps: [
        'create table "pages"',
        'foreign key ("note_id") references "notes" ("id")',
        'not valid',
        'validate constraint',
      ],
    }),
    after: notesAndPages(),
  } as AcceptanceCase,
  change('not null', notes({ size: p.integer() }), {
    steps: [
      'add constraint "notes_size_not_null" not null "size" not valid',
      'validate constraint "notes_size_not_null"',
    ],
    stepsBefore18: provenBefore18('size'),
  }),
  change('a nullable column', notes({ text: p.text().nullable() }), {
    steps: ['"text" text null'],
    lost: ['notes.text'],
  }),
  change(
    'columns with constant and stable defaults',
    notes({ n: p.integer().default(7), at: p.datetime().defaultRaw('now()') }),
    {
      steps: ['"n" int not null default 7', '"at" timestamptz'],
    },
  ),
  change('a column with a volatile default', notes({ key: p.uuid().defaultRaw('gen_random_uuid()') }), {
    steps: [
      'add column if not exists "key" uuid',
      'set default gen_random_uuid()',
      "this.backfill('notes', { set: { key: 'gen_random_uuid()' }",
      'not null "key" not valid',
      'validate constraint',
    ],
    stepsBefore18: ["this.backfill('notes', { set: { key: 'gen_random_uuid()' }", ...provenBefore18('key')],
  }),
  change('a required column without a default', notes({ grade: p.integer() }), {
    decisions: { fill: ['notes.grade=5'] },
    steps: [
      'add column if not exists "grade" int null default 5',
      "this.backfill('notes', { set: { grade: '5' }",
      'not null "grade" not valid',
      'validate constraint',
      'drop default',
    ],
    stepsBefore18: ["this.backfill('notes', { set: { grade: '5' }", ...provenBefore18('grade'), 'drop default'],
  }),
  change('a required column filled from the row', notes({ slug: p.text() }), {
    decisions: { fill: ['notes.slug=lower(title)'] },
    steps: [
      'add column if not exists "slug" text null',
      "this.backfill('notes', { set: { slug: 'lower(title)' }",
      'validate constraint',
    ],
  }),
  {
    ...change('drop not null', notes(), { steps: ['alter column "size" drop not null'] }),
    before: [notes({ size: p.integer() })],
  } as AcceptanceCase,
  change('a default that comes', notes({ size: p.integer().nullable().default(3) }), {
    steps: ['alter column "size" set default 3'],
  }),
  {
    ...change('a default that goes', notes(), { steps: ['alter column "size" drop default'] }),
    before: [notes({ size: p.integer().nullable().default(3) })],
  } as AcceptanceCase,
  change('a comment', notes({ size: p.integer().nullable().comment('how large') }), { steps: ['comment on column'] }),
  {
    ...change('a longer varchar', notes({ code: p.string().length(200).nullable() }), { steps: ['type varchar(200)'] }),
    before: [notes({ code: p.string().length(100).nullable() })],
  } as AcceptanceCase,
  change('a renamed column', notes({ title: undefined, headline: p.text().nullable() }), {
    decisions: { rename: ['notes.title:headline'] },
    steps: ['rename column "title" to "headline"'],
  }),
  change('a dropped column', notes({ title: undefined }), {
    decisions: { drop: ['notes.title'] },
    steps: ['drop column if exists "title"'],
    lost: ['notes.title'],
  }),
  {
    ...change('a dropped column that must not be null', notes(), {
      rows: `insert into notes (id, title, code) select n, 'note ' || n, 'c' || n from generate_series(1, 50) n`,
      decisions: { drop: ['notes.code'], fill: ["notes.code='c' || id"] },
      steps: ['alter column "code" drop not null', 'drop column if exists "code"'],
      lost: ['notes.code'],
    }),
    before: [notes({ code: p.text().unique() })],
  } as AcceptanceCase,
  change('a column that is left', notes({ title: undefined, text: p.text().nullable() }), {
    decisions: { keep: ['notes.title'] },
    steps: ['"text" text null'],
    leaves: true,
  }),
  {
    ...change('a dropped table', notes(), {
      decisions: { drop: ['pages'] },
      steps: ['drop constraint if exists "pages_note_id_foreign"', 'drop table if exists "pages"'],
      lost: ['pages.id', 'pages.note_id'],
    }),
    before: notesAndPages(),
  } as AcceptanceCase,
  {
    ...change('a new enum value', notes({ kind: p.enum(['a', 'c', 'b']).nativeEnumName('kind').nullable() }), {
      steps: [`alter type "kind" add value if not exists 'c'`],
      stays: 'enums',
    }),
    before: [notes({ kind: p.enum(['a', 'b']).nativeEnumName('kind').nullable() })],
  } as AcceptanceCase,
  {
    ...change('a renamed enum value', kind(['x', 'b'], 'x'), {
      rows: `insert into notes (id, kind, kinds) values (1, 'a', '{a,b}')`,
      decisions: { rename: ['kind.a:x'] },
      steps: [`alter type "kind" rename value 'a' to 'x'`],
    }),
    before: [kind(['a', 'b'], 'a')],
  } as AcceptanceCase,
  {
    ...change('renamed enum values that need quotes, in the default of an array', moods(['so "so"', 'x']), {
      rows: `insert into notes (id) values (1); insert into notes (id, moods) values (2, '{"not bad",NULL}')`,
      decisions: { rename: ['order.not bad:so "so"', `order.it's:x`] },
      steps: [`rename value 'not bad' to 'so "so"'`, `rename value 'it''s' to 'x'`],
    }),
    before: [moods(['not bad', `it's`])],
  } as AcceptanceCase,
  {
    ...change('an enum value that is left', kind(['a', 'c'], 'a'), {
      rows: `insert into notes (id, kind, kinds) values (1, 'a', '{a,b}'), (2, 'b', null)`,
      decisions: { keep: ['kind.b'] },
      steps: [`alter type "kind" add value if not exists 'c'`, `set default 'a'`],
      stays: 'enums',
      leaves: true,
    }),
    before: [kind(['a', 'b'], 'b')],
  } as AcceptanceCase,
  {
    ...change('a dropped column that was the last of its type', notes(), {
      decisions: { drop: ['notes.kind'] },
      steps: ['drop column if exists "kind"', 'drop type if exists "kind"'],
      lost: ['notes.kind'],
    }),
    before: [notes({ kind: p.enum(['a', 'b']).nativeEnumName('kind').nullable() })],
  } as AcceptanceCase,
  {
    ...change('a dropped time without a precision', notes(), {
      decisions: { drop: ['notes.at'] },
      steps: ['drop column if exists "at"'],
      lost: ['notes.at'],
    }),
    before: [notes({ at: p.datetime().nullable() })],
  } as AcceptanceCase,
  {
    ...change('a required column of a new type', notes(), {
      decisions: { fill: [`My "notes".kind='a'`] },
      steps: ['create type "kind"', 'add column if not exists "kind"', 'this.backfill(', 'validate constraint'],
      lost: ['My "notes".kind'],
    }),
    before: [notes({}, { tableName: 'My "notes"' })],
    after: [notes({ kind: p.enum(['a', 'b']).nativeEnumName('kind') }, { tableName: 'My "notes"' })],
    rows: ROWS.replace('notes', '"My ""notes"""'),
  } as AcceptanceCase,
  {
    ...change('a changed check with a long name of several words', notes({}, longCheck('size < 1000')), {
      steps: ['_new" check (size < 1000) not valid', '_new"', 'drop constraint if exists', 'rename constraint'],
    }),
    before: [notes({}, longCheck('size < 100'))],
  } as AcceptanceCase,
  {
    ...change('an index of another method', notes({ tags: p.json().nullable() }, { indexes: [gin] }), {
      steps: ['create index concurrently if not exists "by_tags" on "notes" using gin ("tags")'],
    }),
    before: [notes({ tags: p.json().nullable() })],
  } as AcceptanceCase,
  change('a unique index with a condition', uniqueIndex, {
    steps: ['create unique index concurrently if not exists "one_title" on "notes" ("title") where size > 10'],
  }),
  ...keyCases,
  {
    ...change('a stored column that becomes a plain one', notes({ twice: p.integer().nullable() }), {
      steps: ['alter column "twice" drop expression'],
    }),
    before: [notes({ twice: p.integer().nullable().generated('(size * 2) stored') })],
  } as AcceptanceCase,
  {
    ...change(
      'a stored column that becomes a plain one while another goes',
      notes({ twice: p.integer().nullable(), title: undefined }),
      {
        steps: ['alter column "twice" drop expression', 'drop column if exists "title"'],
      },
    ),
    before: [notes({ twice: p.integer().nullable().generated('(size * 2) stored') })],
    decisions: { drop: ['notes.title'] },
    lost: ['notes.title'],
  } as AcceptanceCase,
  change('a trigger', notes({}, { triggers: [counting] }), {
    steps: ['create or replace function', 'trigger "counting"'],
  }),
  ...partitionCases,
  {
    ...change('a view that shows another column', notes(), { steps: ['"titles"'] }),
    before: [notes(), view('select id, title from notes')],
    after: [notes(), view('select id, title, size from notes')],
  } as AcceptanceCase,
  {
    ...change('a view that comes', notes(), { steps: ['create view "titles"'] }),
    after: [notes(), view('select id, title from notes')],
  } as AcceptanceCase,
];
