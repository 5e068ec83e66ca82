/** Changes that no steps make online. */
import { readdir } from 'node:fs/promises';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import { MigrationError } from '../../src/index.ts';
import { change, notes } from './cases.ts';
import { type AcceptanceCase, type ProofOptions, withMigrator, withStart } from './harness.ts';

interface RefusedCase extends Pick<AcceptanceCase, 'name' | 'before' | 'after' | 'rows'> {
  /** A part of the way out. */
  readonly remedy: string;
}

const parted = (partitionBy: object) =>
  defineEntity({
    name: 'Note',
    tableName: 'notes',
    properties: { id: p.integer().primary(), day: p.integer().primary() },
    partitionBy,
  } as never);

const decades = (expression: string, end: number) =>
  parted({
    type: 'range',
    expression,
    partitions: [{ name: 'notes_first', values: `from (0) to (${end})` }],
  });

export const refused: readonly RefusedCase[] = [
  {
    ...change('a stored generated column', notes({ twice: p.integer().generated('(size * 2) stored') }), { steps: [] }),
    remedy: 'plain column, let a trigger fill it, and backfill',
  },
  {
    ...change('an identity column', notes({ number: p.integer().generated('by default as identity') }), { steps: [] }),
    remedy: 'create sequence "notes_number_seq"',
  },
  {
    ...change('another collation', notes({ title: p.text().collation('C').nullable() }), { steps: [] }),
    remedy: 'alter column … type … collate …',
  },
  {
    ...change(
      'an index that gets a column of another type',
      notes({ size: p.bigint().nullable() }, { indexes: [{ name: 'i', properties: ['title', 'size'] }] }),
      { steps: [] },
    ),
    before: [notes({}, { indexes: [{ name: 'i', properties: ['title'] }] })],
    remedy: 'first the new type of notes.size, then "i" as it is to be',
  } as RefusedCase,
  ...(
    [
      ['another partition key', decades('id', 10), decades('day', 10), 'a table with the new partitions beside it'],
      [
        'other bounds of a partition',
        decades('id', 10),
        decades('id', 20),
        'attach partition "notes_first" FOR VALUES',
      ],
      [
        'more hash partitions',
        parted({ type: 'hash', expression: 'id', partitions: 2 }),
        parted({ type: 'hash', expression: 'id', partitions: 4 }),
        'a table with the new partitions beside it',
      ],
    ] as const
  ).map(([name, before, after, remedy]) => ({ name, before: [before], after: [after], rows: 'select 1', remedy })),
];

/** @throws AssertionError unless the change is refused with exit code 2 and that way out, and no file is written. */
export async function proveRefused(
  { remedy, ...testCase }: RefusedCase,
  { major }: Pick<ProofOptions, 'major'> = {},
): Promise<void> {
  await withStart(
    testCase,
    async end => {
      await withMigrator(end, async migrator => {
        const error = await migrator.create(undefined, false, false, 'change').catch(thrown => thrown);
        expect(error, String(error)).to.be.instanceOf(MigrationError).with.property('exitCode', 2);
        expect([error.explanation.remedy].flat().join('\n')).to.include(remedy);
      });
      expect(await readdir(end.migrations), 'files').to.have.lengthOf(1);
    },
    { major },
  );
}
