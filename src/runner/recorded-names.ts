import type { Configuration } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { Queryable } from '../catalog/queryable.ts';
import { type ObjectName, quoteName } from '../statement/change.ts';
import { readHalfWay } from './half-way.ts';
import { Journal, type JournalEntry, journalTable } from './journal.ts';
import { OnlineMigrationStorage } from './migration-storage.ts';

/** The names that the database knows: of executed migrations, and of those that stopped half-way. Creates nothing. */
export async function readRecordedNames(driver: PostgreSqlDriver, config: Configuration): Promise<Set<string>> {
  const storage = new OnlineMigrationStorage(driver, config.get('migrations'));
  const pool = await driver.getConnection().getNativeClient();
  const entries = await readJournal(pool, storage.table());
  return new Set([...(await storage.executed()), ...entries.map(({ migration }) => migration)]);
}

/** Of the migrations that stopped half-way, up or down. Creates nothing. */
export async function readBegunNames(driver: PostgreSqlDriver, storage: OnlineMigrationStorage): Promise<Set<string>> {
  const pool = await driver.getConnection().getNativeClient();
  return new Set(readHalfWay(await readJournal(pool, storage.table())).keys());
}

/** The steps of migrations that have not ended, for who only looks: creates nothing, and takes a journal of an older version. */
export async function readJournal(client: Queryable, executed: ObjectName): Promise<JournalEntry[]> {
  const journal = quoteName({ ...executed, name: journalTable(executed.name) });
  const { rows } = await client.query(
    `select to_regclass($1) is not null as exists,
            exists (select from pg_attribute where attrelid = to_regclass($1) and attname = 'token') as current`,
    [journal],
  );
  if (rows[0]?.current) {
    return new Journal(executed).readAll(client);
  }
  const older = `select migration, method, position, sql, 'done' as state from ${journal} order by migration, position`;
  return rows[0]?.exists ? ((await client.query(older)).rows as unknown as JournalEntry[]) : [];
}
