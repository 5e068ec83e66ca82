/** Primary keys and unique constraints that get other columns: the old one holds until the new one does. */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { AcceptanceCase } from './harness.ts';

const plainKey = () => p.integer().primary().autoincrement(false);
const ROWS = `insert into notes (id, title, size) select n, 'note ' || n, n from generate_series(1, 50) n`;

function notes(properties: object = {}, options: object = {}) {
  const all = { id: plainKey(), title: p.text().nullable(), size: p.integer().nullable(), ...properties };
  const own = Object.fromEntries(Object.entries(all).filter(([, property]) => property));
  return defineEntity({ name: 'Note', tableName: 'notes', properties: own, ...options } as never);
}

const oneTitle = (properties: string[], more: object = {}) =>
  notes({}, { uniques: [{ name: 'one_title', properties, ...more }] });

/** Pages refer to a note by all of its key. */
function withPages(note: ReturnType<typeof notes>) {
  const properties = { id: plainKey(), note: () => p.manyToOne(note as never).nullable() };
  return [note, defineEntity({ name: 'Page', tableName: 'pages', properties } as never)];
}

const swapped = (columns: string) => [
  `create unique index concurrently if not exists "notes_pkey_new" on "notes" (${columns})`,
  `this.swap('notes', [`,
  'drop constraint if exists "notes_pkey"',
  'add constraint "notes_pkey" primary key using index "notes_pkey_new"',
];

export const keyCases = [
  {
    name: 'another primary key',
    before: [notes()],
    after: [notes({ size: plainKey() })],
    rows: ROWS,
    steps: ['validate constraint', ...swapped('"id", "size"')],
  },
  {
    name: 'a primary key with a column less',
    before: [notes({ size: plainKey() })],
    after: [notes()],
    rows: ROWS,
    steps: [...swapped('"id"'), 'alter column "size" drop not null'],
  },
  {
    name: 'another primary key of a table that gets another name',
    before: [notes({ size: plainKey() })],
    after: [notes({}, { tableName: 'memos' })],
    rows: ROWS,
    decisions: { rename: ['notes:memos'] },
    steps: [
      'create unique index concurrently if not exists "memos_pkey_new" on "memos" ("id")',
      'alter table "memos" drop constraint if exists "notes_pkey"',
      'add constraint "memos_pkey" primary key using index "memos_pkey_new"',
    ],
  },
  {
    name: 'another primary key that a foreign key follows',
    before: withPages(notes()),
    after: withPages(notes({ size: plainKey() })),
    rows: `${ROWS}; insert into pages select n, n from generate_series(1, 50) n`,
    steps: [
      'create unique index concurrently if not exists "notes_pkey_new" on "notes" ("id", "size")',
      'references "notes" ("id", "size") on update cascade on delete set null not valid',
      'validate constraint "pages_note_id_note_size_foreign"',
      'drop constraint if exists "pages_note_id_foreign"',
      ...swapped('"id", "size"').slice(1),
    ],
  },
  {
    name: 'a column of the primary key that goes',
    before: [notes({ code: p.text().primary() }, { indexes: [{ name: 'by_code', properties: ['code', 'size'] }] })],
    after: [notes()],
    rows: `insert into notes (id, title, code) select n, 'note ' || n, 'c' || n from generate_series(1, 50) n`,
    decisions: { drop: ['notes.code'], fill: ["notes.code='c' || id"] },
    steps: [
      ...swapped('"id"'),
      'alter column "code" drop not null',
      'drop index concurrently if exists "by_code"',
      'drop column if exists "code"',
    ],
    lost: ['notes.code'],
  },
  {
    name: 'a unique constraint over other columns',
    before: [oneTitle(['title'])],
    after: [oneTitle(['title', 'size'])],
    rows: ROWS,
    steps: [
      'create unique index concurrently if not exists "one_title_new" on "notes" ("title", "size")',
      'add constraint "one_title_new" unique using index "one_title_new"',
      'drop constraint if exists "one_title"',
      'rename constraint "one_title_new" to "one_title"',
    ],
  },
] as unknown as readonly AcceptanceCase[];

/** On the newest PostgreSQL only. */
export const otherKeyCases = [
  {
    name: 'a primary key that goes, and another column takes its place',
    before: [notes({ code: p.text() })],
    after: [notes({ id: undefined, code: p.text().primary() })],
    rows: `insert into notes (id, title, code) select n, 'note ' || n, 'c' || n from generate_series(1, 50) n`,
    decisions: { drop: ['notes.id'], fill: ['notes.id=substr(code, 2)::int'] },
    steps: [...swapped('"code"'), 'alter column "id" drop not null', 'drop column if exists "id"'],
    lost: ['notes.id'],
  },
] as unknown as readonly AcceptanceCase[];
