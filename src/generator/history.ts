/** The migration files as a numbered history: what is there, what comes next, and what is wrong with it. */
import { readdir } from 'node:fs/promises';
import { MigrationError } from '../errors.ts';
import { renderNumber } from './migration-name.ts';

export interface MigrationFile {
  readonly file: string;
  /** The file's name without extension: the name that the database records. */
  readonly recordedName: string;
  readonly number: number;
  /** The part behind the number. */
  readonly name: string;
}

const MIGRATION_FILE = /^(\d+)_(.+)\.[jt]s$/;

/** The migration files in `directory`, in the order of their numbers; none if there is no such folder. */
export async function readHistory(directory: string): Promise<MigrationFile[]> {
  const files = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return [];
    }
    throw error;
  });
  return readMigrationFiles(files);
}

/** Reads file names as migrations; declarations and what else lies in the folder is left aside. Pure. */
export function readMigrationFiles(files: readonly string[]): MigrationFile[] {
  return files
    .filter(file => !file.endsWith('.d.ts'))
    .flatMap(file => {
      const [, digits, name] = MIGRATION_FILE.exec(file) ?? [];
      return digits && name ? [{ file, recordedName: file.replace(/\.[jt]s$/, ''), number: Number(digits), name }] : [];
    })
    .sort((a, b) => a.number - b.number || a.file.localeCompare(b.file));
}

/**
 * @throws MigrationError (exit code 2) when two files have one number or a number is missing in the middle. A history may begin above 0000:
 * that is what a rollup leaves.
 */
export function assertHistory(history: readonly MigrationFile[]): void {
  const problems = [...findDuplicates(history), ...findGaps(history)];
  if (problems.length === 0) {
    return;
  }
  throw new MigrationError(
    {
      title: 'The migrations are not numbered one after the other',
      subject: problems.join('\n'),
      happens: 'Two files with one number, or a number without a file.',
      hurts: 'They would run in another order here than elsewhere, or one of them is missing from this checkout.',
      remedy: [
        'npm run migrate:renumber  moves the files that have run nowhere yet, and are not on the main branch, to the end.',
        'A file that is missing otherwise has to come back.',
      ],
      left: 'Nothing was run and nothing was written.',
    },
    { exitCode: 2 },
  );
}

function findDuplicates(history: readonly MigrationFile[]): string[] {
  const byNumber = Map.groupBy(history, ({ number }) => number);
  return [...byNumber.values()]
    .filter(files => files.length > 1)
    .map(files => `${renderNumber(files[0]?.number ?? 0)} is taken by ${files.map(({ file }) => file).join(' and ')}`);
}

function findGaps(history: readonly MigrationFile[]): string[] {
  return history.slice(1).flatMap((migration, index) => {
    const before = history[index];
    return before && migration.number > before.number + 1
      ? [
          `${renderMissing(before.number + 1, migration.number - 1)} missing between ${before.file} and ${migration.file}`,
        ]
      : [];
  });
}

function renderMissing(from: number, to: number): string {
  return from === to ? `${renderNumber(from)} is` : `${renderNumber(from)} to ${renderNumber(to)} are`;
}

/** One more than the highest number there is; 0 for an empty history. */
export function nextNumber(history: readonly MigrationFile[]): number {
  return (history.at(-1)?.number ?? -1) + 1;
}

/** @throws MigrationError when a file, whatever its number, has that name already. */
export function assertNameIsFree(history: readonly MigrationFile[], name: string): void {
  const taken = history.find(migration => migration.name === name);
  if (taken) {
    throw new MigrationError({
      title: `The name ${name} is taken`,
      happens: `${taken.file} has it.`,
      hurts: 'Two migrations of one name are mistaken for each other in commands, logs and reviews.',
      remedy: 'Choose a name that says what is different this time.',
      left: 'No file was written.',
    });
  }
}
