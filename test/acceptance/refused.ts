/** Changes that no steps make online. */
import { readdir } from 'node:fs/promises';
import { p } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import { MigrationError } from '../../src/index.ts';
import { change, notes } from './cases.ts';
import { type AcceptanceCase, type ProofOptions, withMigrator, withStart } from './harness.ts';

interface RefusedCase extends Pick<AcceptanceCase, 'name' | 'before' | 'after' | 'rows'> {
  /** A part of the way out. */
  readonly remedy: string;
}

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
