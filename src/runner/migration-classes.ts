import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Configuration } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';
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
  const exported = (version === undefined && loadNow(path)) || (await load(path, file, version));
  const classes = classesOf(exported);
  if (classes.length !== 1) {
    throw badFile(
      file,
      `It exports ${classes.length === 0 ? 'no class' : `${classes.length} classes`}; a migration file exports one.`,
    );
  }
  return classes[0] as MigrationClass;
}

const require = createRequire(import.meta.url);

/**
 * `import` walks through everything that a file imports, all of MikroORM, for each file anew; `require` takes the same modules
 * from the same cache in less than half of that time. https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require
 * @returns undefined for what `import` is to load, or to say what is wrong with: a file that awaits, or that a loader for
 * CommonJS gives another copy of MikroORM.
 */
function loadNow(path: string): object | undefined {
  try {
    const exported = require(path);
    return classesOf(exported).every(({ prototype }) => prototype instanceof Migration) ? exported : undefined;
  } catch {
    return undefined;
  }
}

async function load(path: string, file: string, version: string | undefined): Promise<object> {
  return import(`${pathToFileURL(path).href}${version === undefined ? '' : `?${version}`}`).catch(error => {
    throw badFile(file, `It cannot be loaded: ${error instanceof Error ? error.message : error}`, error);
  });
}

function classesOf(exported: object): MigrationClass[] {
  return Object.values(exported).filter(value => typeof value === 'function');
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
