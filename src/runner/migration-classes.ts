import { pathToFileURL } from 'node:url';
import type { Configuration } from '@mikro-orm/core';
import type { Migration } from '@mikro-orm/migrations';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MigrationError } from '../errors.ts';

export type MigrationClass = new (driver: PostgreSqlDriver, config: Configuration) => Migration;

/**
 * Imports the one class that a migration file exports.
 * @param version of a file that may have been loaded before as something else: each version is loaded once.
 * @throws MigrationError for a file that does not load, or that exports none or several.
 */
export async function importMigration(path: string, version?: string): Promise<MigrationClass> {
  const file = path.replaceAll('\\', '/').split('/').at(-1) ?? path;
  const exported = await import(`${pathToFileURL(path).href}${version === undefined ? '' : `?${version}`}`).catch(
    error => {
      throw badFile(file, `It cannot be loaded: ${error instanceof Error ? error.message : error}`, error);
    },
  );
  const classes = Object.values(exported).filter(value => typeof value === 'function');
  if (classes.length !== 1) {
    throw badFile(
      file,
      `It exports ${classes.length === 0 ? 'no class' : `${classes.length} classes`}; a migration file exports one.`,
    );
  }
  return classes[0] as MigrationClass;
}

function badFile(file: string, happens: string, cause?: unknown): MigrationError {
  return new MigrationError(
    {
      title: `Bad migration file: ${file}`,
      happens,
      remedy: 'Mend the file; `npx mikro-orm migration:create --blank` shows how one looks.',
      left: 'Nothing was run.',
    },
    { cause },
  );
}
