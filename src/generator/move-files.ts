import { readFile, unlink } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { RefusedError } from '../errors.ts';
import type { MigrationFile } from './history.ts';
import { writeNewFile } from './migration-generator.ts';
import { type Renumbering, renumberExpand, renumberSource, withoutExpandNumber } from './renumber.ts';

/**
 * Moves the files, one after the other: the new one is whole before the old one goes, so that a run that is killed loses none.
 * @returns the old and the new name of each. @throws RefusedError for two files of one name that differ.
 */
export async function moveFiles(
  directory: string,
  { moves, leftOver }: Renumbering,
  all: readonly MigrationFile[],
): Promise<[string, string][]> {
  for (const old of leftOver) {
    await removeLeftOver(directory, old, all);
  }
  const moved: [string, string][] = [];
  for (const { from, recordedName } of moves) {
    const file = `${recordedName}${extname(from.file)}`;
    const source = await readFile(join(directory, from.file), 'utf8');
    await writeNewFile(directory, file, renumberExpand(renumberSource(source, from.recordedName, recordedName), moves));
    await unlink(join(directory, from.file));
    moved.push([from.file, file]);
  }
  return moved;
}

/** A file that is there under two numbers: what a killed run leaves, unless somebody has written the other one. */
async function removeLeftOver(directory: string, old: MigrationFile, all: readonly MigrationFile[]): Promise<void> {
  const copy = all.findLast(({ name }) => name === old.name);
  const read = async (file: string): Promise<string> =>
    withoutExpandNumber(await readFile(join(directory, file), 'utf8'));
  if (!copy || renumberSource(await read(old.file), old.recordedName, copy.recordedName) !== (await read(copy.file))) {
    throw new RefusedError({
      title: `Two migrations are called ${old.name}`,
      subject: [old.file, ...(copy ? [copy.file] : [])].join('\n'),
      happens: 'They do not say the same, so that none is a copy of the other.',
      hurts: 'The wrong one could be lost.',
      remedy:
        'Give one of them another name (file, class, recorded name and header), or remove it; then run this again.',
      left: 'No file was moved.',
    });
  }
  await unlink(join(directory, old.file));
}
