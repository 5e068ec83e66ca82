import { pathToFileURL } from 'node:url';
import type { Configuration } from '@mikro-orm/core';
import type { Migration } from '@mikro-orm/migrations';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MigrationError } from '../errors.ts';
import { readStatements, type Statement } from '../statement/read.ts';

export type MigrationClass = new (driver: PostgreSqlDriver, config: Configuration) => Migration;

/**
 * Imports the one class that a migration file exports.
 * @throws MigrationError for a file that does not load, or that exports none or several.
 */
export async function importMigration(path: string): Promise<MigrationClass> {
  const file = path.replaceAll('\\', '/').split('/').at(-1) ?? path;
  const exported = await import(pathToFileURL(path).href).catch(error => {
    throw badFile(file, `It cannot be loaded: ${error instanceof Error ? error.message : error}`, error);
  });
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

/**
 * The statements that a migration lists, without running them. What it executes by itself while it lists them runs read only,
 * so that looking at a migration never changes a database.
 */
export async function collectStatements(
  MigrationClass: MigrationClass,
  context: { driver: PostgreSqlDriver; config: Configuration },
  method: 'up' | 'down',
): Promise<Statement[]> {
  const migration = new MigrationClass(readOnlyDriver(context.driver), context.config);
  await migration[method]();
  const queries = migration.getQueries().map(query => (typeof query === 'string' ? query : String(query)));
  return (await Promise.all(queries.map(readStatements))).flat();
}

function readOnlyDriver(driver: PostgreSqlDriver): PostgreSqlDriver {
  const readOnly = {
    execute: (sql: string, params?: unknown[]) =>
      driver.getConnection().transactional(tx => driver.execute(sql, params, 'all', tx), { readOnly: true }),
    createEntityManager: () => {
      throw new Error('A migration that uses an entity manager cannot be looked at without running it');
    },
  };
  return new Proxy(driver, {
    get(target, property) {
      const value = Reflect.get(Object.hasOwn(readOnly, property) ? readOnly : target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
