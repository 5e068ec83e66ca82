/** Renames whose old name stays beside the new one until the contract. */
import { defineEntity, type EntitySchema, p } from '@mikro-orm/postgresql';
import type { AcceptanceCase } from './harness.ts';

function notes(properties: object, options: object = {}): EntitySchema {
  return defineEntity({
    name: 'Note',
    tableName: 'notes',
    ...options,
    properties: { id: p.integer().primary(), ...properties },
  } as never) as unknown as EntitySchema;
}

/** A key under another name takes its sequence along, and the foreign keys that point to it. */
function library(key: 'id' | 'number', names: { code: string; order: string }): EntitySchema[] {
  const authors = defineEntity({
    name: 'Author',
    tableName: 'authors',
    properties: { [key]: p.integer().primary().autoincrement(), name: p.text() },
  } as never) as unknown as EntitySchema;
  const books = defineEntity({
    name: 'Book',
    tableName: 'books',
    properties: {
      id: p.integer().primary(),
      [names.code]: p.string().length(20).unique().nullable(),
      [names.order]: p.json().fieldName(names.order).default('{"a": 1}'),
      author: () =>
        p
          .manyToOne(authors as never)
          .deleteRule('cascade')
          .index(),
    },
  } as never) as unknown as EntitySchema;
  return [authors, books];
}

/** A key that numbers itself, with a table that points to it. */
function people(key: 'id' | 'number', pointer: 'person_id' | 'person_number'): EntitySchema[] {
  const person = defineEntity({
    name: 'Person',
    tableName: 'people',
    properties: { [key]: p.integer().primary().generated('by default as identity'), name: p.text().nullable() },
  } as never) as unknown as EntitySchema;
  const note = defineEntity({
    name: 'Note',
    tableName: 'notes',
    properties: {
      id: p.text().primary(),
      person: () =>
        p
          .manyToOne(person as never)
          .joinColumn(pointer)
          .deleteRule('cascade'),
    },
  } as never) as unknown as EntitySchema;
  return [person, note];
}

const computed = (name: 'size' | 'length') =>
  notes(
    { [name]: p.integer(), twice: p.integer().generated(`(${name} * 2) virtual`) },
    { checks: [{ name: 'sizes', expression: `twice >= ${name}` }] },
  );

export const renameCases: readonly AcceptanceCase[] = [
  {
    name: 'a column with a default, an index and a check',
    before: [
      notes(
        { title: p.string().default('none').index(), other: p.text().nullable() },
        {
          checks: [{ name: 'title_set', expression: "title <> ''" }],
          indexes: [{ name: 'by_both', properties: ['title', 'other'] }],
        },
      ),
    ],
    after: [
      notes(
        { headline: p.string().default('none').index(), other: p.text().nullable() },
        {
          checks: [{ name: 'title_set', expression: "headline <> ''" }],
          indexes: [{ name: 'by_both', properties: ['headline', 'other'] }],
        },
      ),
    ],
    rows: `insert into notes (id, title) select n, 'note ' || n from generate_series(1, 50) n`,
    decisions: { renameInSteps: ['notes.title:headline'] },
    steps: [
      "this.swap('notes', [",
      'add column if not exists "headline"',
      'create or replace function "zz_sync_notes_headline_new"()',
      'create or replace trigger "zz_sync_notes_headline_new"',
      'set default',
      "this.backfill('notes', { set: { headline:",
      'add constraint "title_set_new"',
      'create index concurrently if not exists "by_both_new"',
      "this.swap('notes', [",
      'drop trigger if exists "zz_sync_notes_headline_new" on "notes"',
      'drop column if exists "title"',
      'drop function if exists "zz_sync_notes_headline_new"()',
      'rename constraint "title_set_new" to "title_set"',
    ],
  },
  {
    name: 'a serial key with foreign keys to it, a unique column, a json default and quoted names',
    before: library('id', { code: 'code', order: 'order' }),
    after: library('number', { code: 'isbn', order: 'Sort Key' }),
    rows: `insert into authors (name) select 'author ' || n from generate_series(1, 5) n;
      insert into books (id, code, author_id) select n, 'c' || n, n % 5 + 1 from generate_series(1, 40) n`,
    decisions: {
      renameInSteps: ['authors.id:number', 'books.author_id:author_number', 'books.code:isbn', 'books.order:Sort Key'],
    },
    steps: [
      'add column if not exists "number" integer null',
      'create unique index concurrently if not exists "authors_pkey_new"',
      'create unique index concurrently if not exists "books_isbn_unique_new"',
      'drop constraint if exists "books_author_id_foreign"',
      'alter sequence "authors_id_seq" owned by "authors"."number"',
      'add constraint "authors_pkey" primary key using index "authors_pkey_new"',
      `set default nextval('authors_id_seq'::regclass)`,
      'rename constraint "books_author_number_foreign_new" to "books_author_number_foreign"',
    ],
  },
  {
    name: 'a table, with a view of its old name',
    before: [notes({ title: p.text().nullable().index() })],
    after: [
      defineEntity({
        name: 'Note',
        tableName: 'memos',
        properties: { id: p.integer().primary(), title: p.text().nullable().index(), more: p.text().nullable() },
      }) as unknown as EntitySchema,
    ],
    rows: `insert into notes (id, title) select n, 'note ' || n from generate_series(1, 50) n`,
    decisions: { renameInSteps: ['notes:memos'] },
    steps: [
      "this.swap('notes', [",
      'alter table "notes" rename to "memos"',
      'create or replace view "notes" with (security_invoker = true) as select "id", "title" from "memos"',
      'grant select, insert, update, delete on "notes" to public',
      'alter table "memos" add "more"',
      'drop view if exists "notes"',
    ],
  },
  {
    name: 'a key that numbers itself (identity), and the foreign key to it',
    before: people('id', 'person_id'),
    after: people('number', 'person_number'),
    rows: `insert into people (name) select 'p' || n from generate_series(1, 20) n; insert into notes select 'n' || id, id from people`,
    decisions: { renameInSteps: ['people.id:number', 'notes.person_id:person_number'] },
    steps: [
      'add column if not exists "number" integer null',
      'alter column "number" add generated by default as identity',
      "select setval(pg_get_serial_sequence('\"people\"', 'number')",
      'drop column if exists "id"',
    ],
  },
  {
    name: 'a column that a virtual one is computed from',
    since: 18,
    before: [computed('size')],
    after: [computed('length')],
    rows: 'insert into notes (id, size) select n, n from generate_series(1, 50) n',
    decisions: { renameInSteps: ['notes.size:length'] },
    steps: [
      'drop column if exists "twice"',
      'drop column if exists "size"',
      'add column if not exists "twice" integer generated always as ((length * 2)) virtual',
      'validate constraint "sizes"',
    ],
  },
];
