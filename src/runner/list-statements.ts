import type { Configuration } from '@mikro-orm/core';
import type { Migration } from '@mikro-orm/migrations';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { type ListedStatement, OnlineMigration } from '../migration.ts';
import type { MigrationClass } from './migration-classes.ts';

/**
 * What a migration lists, without running it. What it executes by itself while it lists runs read only, so that looking at a
 * migration never changes a database.
 */
export async function listStatements(
  MigrationClass: MigrationClass,
  context: { driver: PostgreSqlDriver; config: Configuration },
  method: 'up' | 'down',
): Promise<readonly ListedStatement[]> {
  const migration = new MigrationClass(readOnlyDriver(context.driver), context.config);
  await migration[method]();
  return listed(migration);
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
