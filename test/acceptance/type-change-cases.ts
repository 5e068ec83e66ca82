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

export const typeChangeCases: readonly AcceptanceCase[] = [
  change('integer to bigint', [notes({}, sized), notes({ size: p.bigint().nullable() }, sized)], {
    steps: [
      'add column if not exists "size_new" bigint null',
      'create or replace function "sync_notes_size_new"()',
      'create or replace trigger "sync_notes_size_new"',
      "this.backfill('notes', { set: { size_new:",
      'add constraint "sizes_new"',
      'not valid',
      'validate constraint "sizes_new"',
      "this.swap('notes', [",
      'drop trigger if exists "sync_notes_size_new" on "notes"',
      'drop column if exists "size"',
      'rename column "size_new" to "size"',
      'rename constraint "sizes_new" to "sizes"',
      'drop function if exists "sync_notes_size_new"()',
    ],
  }),
];
