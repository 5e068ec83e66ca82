import type { Configuration } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { quoteName } from '../statement/change.ts';
import { journalTable } from './journal.ts';
import { OnlineMigrationStorage } from './migration-storage.ts';

/** The names that the database knows: of executed migrations, and of those that stopped half-way. Creates nothing. */
export async function readRecordedNames(driver: PostgreSqlDriver, config: Configuration): Promise<Set<string>> {
  const storage = new OnlineMigrationStorage(driver, config.get('migrations'));
  return new Set([...(await storage.executed()), ...(await readBegunNames(driver, storage))]);
}

/** Of the migrations that stopped half-way, up or down. Creates nothing. */
export async function readBegunNames(driver: PostgreSqlDriver, storage: OnlineMigrationStorage): Promise<Set<string>> {
  const { schemaName, tableName } = storage.getTableName();
  const journal = quoteName({ ...(schemaName ? { schema: schemaName } : {}), name: journalTable(tableName) });
  const connection = driver.getConnection();
  const [found] = await connection.execute<{ exists: boolean }[]>('select to_regclass(?) is not null as exists', [
    journal,
  ]);
  const begun = found?.exists
    ? await connection.execute<{ name: string }[]>(`select distinct migration as name from ${journal}`)
    : [];
  return new Set(begun.map(({ name }) => name));
}
