import type { Configuration } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { PoolClient } from 'pg';
import type { Step } from '../plan/plan.ts';
import { readProjectSettings } from '../server/embedded/project.ts';
import { quoteIdentifier } from '../statement/change.ts';
import { printProgress } from '../terminal/terminal.ts';
import { Journal, journalTable } from './journal.ts';
import type { NamedMigration } from './list-statements.ts';
import { type Live, type LiveSources, readLive } from './live.ts';
import { type OnlineMigrationStorage, recorder } from './migration-storage.ts';
import { planRuns } from './plan-runs.ts';
import { type Fingerprint, readFingerprints } from './records/fingerprint.ts';
import { type LockHolder, withRunLock } from './run-lock.ts';
import { runMigration } from './run-migration.ts';

/** Runs migrations on a database: one process at a time, all of them judged before the first runs. */
export class Executor {
  readonly #driver: PostgreSqlDriver;
  readonly #config: Configuration;
  readonly #storage: OnlineMigrationStorage;
  #plans = new Map<string, readonly Step[]>();
  #fingerprints: ReadonlyMap<string, Fingerprint> = new Map();

  constructor(context: { driver: PostgreSqlDriver; config: Configuration; storage: OnlineMigrationStorage }) {
    this.#driver = context.driver;
    this.#config = context.config;
    this.#storage = context.storage;
  }

  /** Runs `work` as the only process that migrates this database, with our tables there. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    const { schemaName, tableName } = this.#storage.getTableName();
    const lock = { name: `${schemaName}.${tableName}`, onWait: reportWait };
    return withRunLock(this.#driver.getConnection(), lock, async () => {
      await this.#storage.createTable();
      await this.#withClient(async client => {
        await this.#storage.ensureColumns(client);
        await this.#journal().create(client);
      });
      return work();
    });
  }

  /** @throws MigrationError for a statement that is not online. Nothing has run then. */
  async plan(method: 'up' | 'down', chosen: readonly NamedMigration[]): Promise<void> {
    const context = { driver: this.#driver, config: this.#config, method };
    this.#plans = await this.#withClient(client => planRuns(client, chosen, context));
    this.#fingerprints = method === 'up' ? await readFingerprints(chosen, context) : new Map();
  }

  /** Runs a migration that was planned. @throws MigrationError naming the step that failed and what is left. */
  async run(name: string, method: 'up' | 'down'): Promise<void> {
    const steps = this.#plans.get(name) ?? [];
    const { schemaName, tableName } = this.#storage.getTableName();
    const fingerprint = this.#fingerprints.get(name);
    const record = recorder({ schema: schemaName, name: tableName }, { name, method, fingerprint });
    await this.#withClient(client => runMigration(client, { name, method, steps, journal: this.#journal(), record }));
  }

  /** What a change has to know of the live database, see `readLive`. */
  readLive(sources: LiveSources): Promise<Live> {
    const { schemaName, tableName } = this.#storage.getTableName();
    const own = [tableName, journalTable(tableName)].map(name => `${schemaName ?? 'public'}.${name}`);
    const { oldestPostgres } = readProjectSettings(this.#config.get('baseDir'));
    return readLive(work => this.#withClient(work), { ...sources, own, oldestPostgres });
  }

  /** The rows of a table, or those that have a value in `column`. */
  countRows(table: string, column?: string): Promise<number> {
    const name = table.split('.').map(quoteIdentifier).join('.');
    const count = `select count(${column === undefined ? '*' : quoteIdentifier(column)})::int as rows from ${name}`;
    return this.#withClient(async client => (await client.query(count)).rows[0].rows);
  }

  #journal(): Journal {
    return new Journal(this.#storage.getTableName());
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const pool = await this.#driver.getConnection().getNativeClient();
    const client = await pool.connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  }
}

function reportWait(holder: LockHolder | undefined): void {
  const who = holder ? ` (pid ${holder.pid}, ${holder.application || 'no application name'})` : '';
  printProgress(`Waiting for another process that migrates this database${who}.`);
}
