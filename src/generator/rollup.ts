import { MigrationError } from '../errors.ts';
import type { MigrationFile } from './history.ts';
import type { MigrationPreset } from './migration-generator.ts';

/**
 * The file that replaces `merged`: it takes the number of the last of them, so that what comes after keeps its place.
 * @param keeps what they say is to stay. @throws MigrationError when there are fewer than two, or when they do not follow each other.
 */
export function planRollup(merged: readonly MigrationFile[], keeps: readonly string[] = []): MigrationPreset {
  const first = merged[0];
  const last = merged.at(-1);
  if (!first || !last || merged.length < 2) {
    throw new MigrationError({
      title: 'Nothing to roll up',
      happens: `A rollup merges at least two executed migrations; there ${merged.length === 1 ? 'is one' : 'are none'}.`,
      remedy: 'npx mikro-orm migration:up',
      left: 'Nothing was changed.',
    });
  }
  if (last.number - first.number !== merged.length - 1) {
    throw new MigrationError({
      title: 'These migrations do not follow each other',
      subject: merged.map(({ file }) => file).join('\n'),
      happens: 'Others stand between them.',
      hurts: 'Merged, they would run in another order than they did.',
      remedy: 'Roll up a run of migrations without a gap.',
      left: 'Nothing was changed.',
    });
  }
  return {
    number: last.number,
    name: `rollup_from_${first.recordedName.slice(0, 4)}`,
    purpose: `Combine ${first.recordedName} to ${last.recordedName}`,
    keeps,
    rollback: 'takes back all of them, the last one first; see their parts in down',
  };
}
