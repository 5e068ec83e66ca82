import type { Configuration } from '@mikro-orm/core';
import type { Migration } from '@mikro-orm/migrations';
import type { PostgreSqlDriver, Transaction } from '@mikro-orm/postgresql';
import { MigrationError } from '../errors.ts';
import { type ListedStatement, OnlineMigration } from '../migration.ts';
import type { MigrationClass } from './migration-classes.ts';
import { readOnlyDriver, withReadingManager } from './reading-driver.ts';

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
  const list = async (driver: PostgreSqlDriver, tx?: Transaction): Promise<readonly ListedStatement[]> => {
    const migration = new MigrationClass(driver, context.config);
    assertName(migration, name);
    if (tx !== undefined) {
      migration.setTransactionContext(tx);
    }
    await migration[method]();
    return listed(migration);
  };
  // its entity manager wants a transaction that is there before; most migrations need none
  return /\bgetEntityManager\b/.test(String(MigrationClass))
    ? withReadingManager(context.driver, list)
    : list(readOnlyDriver(context.driver));
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
