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
      'create or replace function "sync_notes_headline_new"()',
      'create or replace trigger "sync_notes_headline_new"',
      'set default',
      "this.backfill('notes', { set: { headline:",
      'add constraint "title_set_new"',
      'create index concurrently if not exists "by_both_new"',
      "this.swap('notes', [",
      'drop trigger if exists "sync_notes_headline_new" on "notes"',
      'drop column if exists "title"',
      'drop function if exists "sync_notes_headline_new"()',
      'rename constraint "title_set_new" to "title_set"',
    ],
  },
];
