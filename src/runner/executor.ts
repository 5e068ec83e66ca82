import type { Configuration } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { PoolClient } from 'pg';
import type { HeldValue, RowCount } from '../catalog/count-rows.ts';
import type { Step } from '../plan/plan.ts';
import { findProduction } from '../server/protection.ts';
import type { ObjectName } from '../statement/change.ts';
import { countDone, isTurned, readHalfWay } from './half-way.ts';
import { type JournalEntry, ownTables } from './journal.ts';
import type { NamedMigration } from './list-statements.ts';
import type { Live, LiveSources } from './live.ts';
import { type OnlineMigrationStorage, recorder } from './migration-storage.ts';
import type { ReadTables } from './plan-runs.ts';
import type { Fingerprint } from './records/fingerprint.ts';
import type { Reporter } from './report.ts';
import type { Run } from './run.ts';
import type { RunnerSettings } from './settings.ts';
import { withRun } from './with-run.ts';

export interface ExecutorContext {
  readonly driver: PostgreSqlDriver;
  readonly config: Configuration;
  readonly storage: OnlineMigrationStorage;
  readonly reporter: Reporter;
  readonly env: NodeJS.ProcessEnv;
  /** Read when it is needed: what is wrong with them is no reason for `--help` to fail. */
  readonly settings: () => RunnerSettings;
}

/**
 * Runs migrations on a database: one process at a time, all of them judged before the first runs. What judges and runs them is
 * loaded when there are some: a run with nothing to do starts at once.
 */
export class Executor {
  readonly #context: ExecutorContext;
  #run: Run | undefined;
  /** MikroORM makes an entity of it whenever it is asked which table that is. */
  #recordTable: ObjectName | undefined;
  #entries: readonly JournalEntry[] = [];
  #plans = new Map<string, readonly Step[]>();
  #fingerprints: ReadonlyMap<string, Fingerprint> = new Map();

  constructor(context: ExecutorContext) {
    this.#context = context;
  }

  /** Runs `work` as the only process that migrates this database, with our tables there. */
  async locked<T>(work: () => Promise<T>, schema?: string): Promise<T> {
    const { driver, storage, reporter, settings, env } = this.#context;
    const pool = await driver.getConnection().getNativeClient();
    const executed = this.#executedTable();
    return withRun({ pool, executed, settings: settings(), reporter, env, schema }, async run => {
      await storage.createTable();
      await storage.ensureColumns(run);
      await run.journal.create(run.session.client);
      this.#entries = await run.journal.readAll(run.session.client);
      this.#run = run;
      this.#recordTable = executed;
      try {
        return await work();
      } finally {
        this.#run = undefined;
        this.#recordTable = undefined;
      }
    });
  }

  /** Migrations that stopped half-way, and on which way they were. Within `locked`. */
  halfWay(): ReadonlyMap<string, 'up' | 'down'> {
    return readHalfWay(this.#entries);
  }

  /** @returns the steps of each. @throws MigrationError for a statement that is not online. Nothing has run then. */
  async plan(method: 'up' | 'down', chosen: readonly NamedMigration[]): Promise<ReadonlyMap<string, readonly Step[]>> {
    const { driver, config } = this.#context;
    if (chosen.length === 0) {
      return this.#plans;
    }
    const [{ planRuns }, { readFingerprints }, { readFacts }, { lookInRun }] = await Promise.all([
      import('./plan-runs.ts'),
      import('./records/fingerprint.ts'),
      import('../catalog/read-facts.ts'),
      import('./look.ts'),
    ]);
    const read: ReadTables = tables => lookInRun(this.#current(), client => readFacts(client, { tables }));
    const names = chosen.map(({ name }) => name);
    const begun = countDone(this.#entries);
    const turned = new Set(names.filter(name => isTurned(this.#entries, name, method)));
    const context = { driver, config, method, begun, turned };
    this.#plans = await planRuns(read, chosen, context);
    this.#fingerprints = method === 'up' ? await readFingerprints(chosen, context) : new Map();
    return this.#plans;
  }

  /** Runs a migration that was planned. @throws MigrationError naming the step that failed and what is left. */
  async run(name: string, method: 'up' | 'down'): Promise<void> {
    const { runMigration } = await import('./run-migration.ts');
    const entries = this.#entries.filter(({ migration }) => migration === name);
    const recorded = { name, method, fingerprint: this.#fingerprints.get(name), isNew: entries.length === 0 };
    const recordSql = recorder(this.#recordTable ?? this.#executedTable(), recorded);
    await runMigration(this.#current(), { name, method, steps: this.#plans.get(name) ?? [], recordSql, entries });
  }

  /** Runs one that stopped half-way to the end of the way on which it was. */
  async end(migration: NamedMigration, method: 'up' | 'down'): Promise<void> {
    await this.plan(method, [migration]);
    await this.run(migration.name, method);
    const { journal, session } = this.#current();
    this.#entries = await journal.readAll(session.client);
  }

  /** What a change has to know of the live database, see `readLive`. */
  async readLive(sources: Promise<LiveSources>, { plans }: { readonly plans: boolean }): Promise<Live> {
    const [{ readLive }, { lookAtCatalog }] = await Promise.all([import('./live.ts'), import('./look.ts')]);
    const { readProjectSettings } = await import('../server/embedded/project.ts');
    const { oldestPostgres } = readProjectSettings(this.#context.config.get('baseDir'));
    return readLive(work => this.#withClient(client => lookAtCatalog(client, () => work(client))), {
      sources,
      plans,
      own: ownTables(this.#executedTable()),
      oldestPostgres,
    });
  }

  /** Whether a release may be running on this database: not on the project's embedded server, nor without a row in the tables of `names`. */
  async isInUse(names: ReadonlySet<string> | undefined): Promise<boolean> {
    const { hasRows, isDevelopmentServer } = await import('./contracts/in-use.ts');
    const { driver, config } = this.#context;
    const connection = driver.getConnection();
    const place = { ...connection.getConnectionOptions(), cwd: config.get('baseDir') };
    if (!(await findProduction(connection)) && (await isDevelopmentServer(place))) {
      return false;
    }
    return this.#withClient(client => hasRows(client, { own: ownTables(this.#executedTable()), names }));
  }

  /** As `countRows` of the catalog. */
  async countRows(table: string, held?: HeldValue): Promise<RowCount> {
    const { countRows } = await import('../catalog/count-rows.ts');
    return this.#withClient(client => countRows(client, table, held));
  }

  #executedTable(): ObjectName {
    const { schemaName, tableName } = this.#context.storage.getTableName();
    return schemaName === undefined ? { name: tableName } : { schema: schemaName, name: tableName };
  }

  #current(): Run {
    if (!this.#run) {
      throw new Error('Executor: outside of locked()');
    }
    return this.#run;
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const pool = await this.#context.driver.getConnection().getNativeClient();
    const client = await pool.connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  }
}
