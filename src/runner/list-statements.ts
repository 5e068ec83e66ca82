import type { Configuration } from '@mikro-orm/core';
import type { Migration } from '@mikro-orm/migrations';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MigrationError } from '../errors.ts';
import { type ListedStatement, OnlineMigration } from '../migration.ts';
import type { MigrationClass } from './migration-classes.ts';

export interface NamedMigration {
  /** The recorded name, from the file's. */
  readonly name: string;
  readonly MigrationClass: MigrationClass;
  /** Absent for a class that is given in the configuration. */
  readonly path?: string;
}

/**
 * What a migration lists, without running it. What it executes by itself while it lists runs read only, so that looking at a
 * migration never changes a database.
 * @throws MigrationError for a class that is called otherwise than its file.
 */
export async function listStatements(
  { name, MigrationClass }: NamedMigration,
  context: { driver: PostgreSqlDriver; config: Configuration },
  method: 'up' | 'down',
): Promise<readonly ListedStatement[]> {
  const migration = new MigrationClass(readOnlyDriver(context.driver), context.config);
  assertName(migration, name);
  await migration[method]();
  return listed(migration);
}

/** A copied file would run, and be recorded, beside what its class says it is. */
function assertName(migration: Migration, name: string): void {
  // JavaScript classes may leave their name out
  if (migration instanceof OnlineMigration && migration.name !== undefined && migration.name !== name) {
    throw new MigrationError({
      title: `Bad migration file: ${name}`,
      happens: `Its class says that it is ${migration.name}.`,
      hurts: 'A copied or renamed file is mistaken for the other one in logs and messages.',
      remedy: `Give the class the name of its file:  override readonly name = '${name}';`,
      left: 'Nothing was run.',
    });
  }
}

function listed(migration: Migration): readonly ListedStatement[] {
  return migration instanceof OnlineMigration
    ? migration.listed()
    : migration.getQueries().map(query => ({ sql: typeof query === 'string' ? query : String(query) }));
}

function readOnlyDriver(driver: PostgreSqlDriver): PostgreSqlDriver {
  const readOnly = {
    execute: (sql: string, params?: unknown[]) =>
      driver.getConnection().transactional(tx => driver.execute(sql, params, 'all', tx), { readOnly: true }),
    createEntityManager: () => {
      throw new Error(
        'getEntityManager() is not available in a migration: read with this.execute(…), write with this.addSql(…)',
      );
    },
  };
  return new Proxy(driver, {
    get(target, property) {
      const value = Reflect.get(Object.hasOwn(readOnly, property) ? readOnly : target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
