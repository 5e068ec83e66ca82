import type { Transaction } from '@mikro-orm/core';
import { MigrationStorage } from '@mikro-orm/migrations';
import type { PoolClient } from 'pg';
import { type ObjectName, quoteName } from '../statement/change.ts';

type ExecutedMigration = Awaited<ReturnType<MigrationStorage['getExecutedMigrations']>>[number];

/**
 * MikroORM's table of executed migrations, same name and columns. MikroORM creates it whenever anything looks at it; ours is
 * created only by commands that write, under the run lock (`createTable`), so that looking changes nothing and twenty
 * processes that start at once do not collide.
 */
export class OnlineMigrationStorage extends MigrationStorage {
  #exists = false;

  /** Called by MikroORM before every access; without the table there is nothing to read, see `getExecutedMigrations`. */
  override async ensureTable(): Promise<void> {}

  /** Creates the table if it is absent. Call it with the run lock held. */
  async createTable(): Promise<void> {
    await super.ensureTable();
    this.#exists = true;
  }

  override async getExecutedMigrations(): Promise<ExecutedMigration[]> {
    return (await this.tableExists()) ? super.getExecutedMigrations() : [];
  }

  override async logMigration(params: { name: string }, tx?: Transaction): Promise<void> {
    await this.createTable();
    await super.logMigration(params, tx);
  }

  /** Forgets what is known of the table, for after the schema was dropped. */
  forget(): void {
    this.#exists = false;
  }

  private async tableExists(): Promise<boolean> {
    if (!this.#exists) {
      const { tableName, schemaName } = this.getTableName();
      const helper = this.driver.getPlatform().getSchemaHelper();
      this.#exists = Boolean(await helper?.tableExists(this.driver.getConnection(), tableName, schemaName));
    }
    return this.#exists;
  }
}

/** Writes, or takes away, the record of a migration on the connection, and in the transaction, of its last step. */
export function recorder(
  table: ObjectName,
  name: string,
  method: 'up' | 'down',
): (client: PoolClient) => Promise<void> {
  const executed = quoteName(table);
  // MikroORM's older versions recorded the extension too
  const sql =
    method === 'up'
      ? `insert into ${executed} (name) values ($1)`
      : `delete from ${executed} where name in ($1::text, $1::text || '.ts', $1::text || '.js')`;
  return async client => {
    await client.query(sql, [name]);
  };
}
