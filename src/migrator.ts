import { resolve } from 'node:path';
import type { MikroORM as CoreORM, MigrateOptions, MigrationInfo, MigrationResult } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MigrationError } from './errors.ts';
import { assertHistory, assertNameIsFree, type MigrationFile, readHistory } from './generator/history.ts';
import { OnlineMigrationGenerator } from './generator/migration-generator.ts';
import { readMigrationName } from './generator/migration-name.ts';
import { planRollup } from './generator/rollup.ts';
import { type OwnedObjects, planOwnedObjects } from './planner/owned-objects.ts';
import { listStatements } from './runner/list-statements.ts';
import { importMigration, type MigrationClass } from './runner/migration-classes.ts';
import { OnlineMigrationRunner } from './runner/migration-runner.ts';
import { OnlineMigrationStorage } from './runner/migration-storage.ts';
import { type LockHolder, withRunLock } from './runner/run-lock.ts';
import { assertFilesExist, findName, withKnownNames } from './runner/selection.ts';
import type { SchemaOwner } from './schema-generator.ts';
import type { Change } from './statement/change.ts';
import { readStatements } from './statement/read.ts';
import { withCommandLineErrors } from './terminal/host.ts';
import { printProgress } from './terminal/terminal.ts';

/**
 * MikroORM's migrator with numbered, explained and reversible migrations. Register it as an extension
 * (`extensions: [OnlineMigrator]`): all `mikro-orm migration:*` commands then go through it.
 */
export class OnlineMigrator extends Migrator implements SchemaOwner {
  /** MikroORM 7.2 adds its own migrator behind any extension that is not called 'Migrator', and the last one wins. */
  static override readonly name = 'Migrator';

  protected declare storage: OnlineMigrationStorage;
  protected declare generator: OnlineMigrationGenerator;
  protected declare readonly driver: PostgreSqlDriver;

  static override register(orm: CoreORM): void {
    orm.config.registerExtension('@mikro-orm/migrator', () => {
      const options = orm.config.get('migrations');
      const { silent = false } = options;
      // Each migration has a transaction of its own: the shared one of MikroORM would hold every lock until the last one
      // has run. `session_replication_role` would switch foreign keys and triggers off. MikroORM's own lines give way to ours.
      Object.assign(options, { allOrNothing: false, disableForeignKeys: false, snapshot: false, silent: true });
      return new OnlineMigrator(orm.em as MikroORM['em'], { silent });
    });
  }

  constructor(em: MikroORM['em'], { silent = false }: { silent?: boolean } = {}) {
    super(em);
    if (!silent) {
      reportProgress(this);
    }
  }

  protected override createRunner(): OnlineMigrationRunner {
    return new OnlineMigrationRunner(this.driver, this.options, this.config);
  }

  protected override createStorage(): OnlineMigrationStorage {
    return new OnlineMigrationStorage(this.driver, this.options);
  }

  protected override getDefaultGenerator(): OnlineMigrationGenerator {
    return new OnlineMigrationGenerator(this.driver, this.config.getNamingStrategy(), this.options);
  }

  /** Unlike MikroORM's, creates neither a missing database nor our table: looking changes nothing. */
  protected override async init(): Promise<void> {
    if (!this.initialized) {
      this.initialized = true;
      await this.initPaths();
    }
  }

  /** @throws MigrationError for a bad name, a broken history, or pending migrations; nothing is written then. */
  override async create(path?: string, blank = false, initial = false, name?: string): Promise<MigrationResult> {
    return this.attempt(async () => {
      const history = await this.readHistory(path);
      if (name !== undefined) {
        assertNameIsFree(history, readMigrationName(name));
      }
      if (initial) {
        return this.createInitial(path, name, blank);
      }
      const diff = blank ? { up: ['select 1'], down: ['select 1'] } : await this.planChange();
      if (diff.up.length === 0) {
        return { fileName: '', code: '', diff };
      }
      const [code, fileName] = await this.generator.generate(diff, path, name);
      return { fileName, code, diff };
    });
  }

  /** @throws Error when migrations exist already, or some but not all of the entities' tables. */
  override async createInitial(path?: string, name = 'initial', blank = false): Promise<MigrationResult> {
    return this.attempt(() => this.locked(() => super.createInitial(path, name, blank)));
  }

  override async getPending(options?: { schema?: string }): Promise<MigrationInfo[]> {
    return this.attempt(() => super.getPending(options));
  }

  override async getExecuted(options?: { schema?: string }): ReturnType<Migrator['getExecuted']> {
    return this.attempt(() => super.getExecuted(options));
  }

  /** True when the entities describe something that no executed migration has made. */
  override async checkSchema(): Promise<boolean> {
    return this.attempt(async () => {
      await this.readHistory();
      return (await this.diff()).up.length > 0;
    });
  }

  /** Marks a migration as executed without running it. @throws MigrationError for one that is unknown or executed already. */
  override async logMigration(name: string): Promise<void> {
    return this.attempt(() =>
      this.locked(async () => {
        const recordedName = findName(await this.names(), name);
        if ((await this.storage.executed()).includes(recordedName)) {
          throw alreadyExecuted(recordedName);
        }
        await this.storage.logMigration({ name: recordedName });
      }),
    );
  }

  /** Takes a migration off the executed ones without reverting it. @throws MigrationError for one that is not recorded. */
  override async unlogMigration(name: string): Promise<void> {
    return this.attempt(() =>
      this.locked(async () => {
        await this.storage.unlogMigration({ name: findName(await this.storage.executed(), name) });
      }),
    );
  }

  /** Merges executed migrations into one file, which takes the number of the last of them. */
  override async rollup(migrations?: string[]): Promise<MigrationResult> {
    return this.attempt(() =>
      this.locked(async () => {
        const executed = await this.storage.executed();
        const chosen = migrations?.map(name => findName(executed, name)) ?? executed;
        const merged = (await this.readHistory()).filter(({ recordedName }) => chosen.includes(recordedName));
        this.generator.preset = planRollup(merged);
        try {
          return await super.rollup(merged.map(({ recordedName }) => recordedName));
        } finally {
          this.generator.preset = undefined;
        }
      }),
    );
  }

  /** What our executed migrations made and have not dropped again: all that a generated migration may touch. */
  async ownedObjects(): Promise<OwnedObjects> {
    const classes = await this.migrationClasses();
    const changes: Change[] = [];
    for (const name of await this.storage.executed()) {
      const MigrationClass = await classes.get(name)?.();
      const context = { driver: this.driver, config: this.config };
      const statements = MigrationClass ? await listStatements(MigrationClass, context, 'up') : [];
      for (const { sql } of statements) {
        changes.push(...(await readStatements(sql)).flatMap(statement => statement.changes));
      }
    }
    return planOwnedObjects(changes);
  }

  forgetSchema(): void {
    this.storage.forget();
  }

  protected override async runMigrations(
    method: 'up' | 'down',
    options?: string | string[] | MigrateOptions,
  ): Promise<MigrationInfo[]> {
    return this.attempt(async () => {
      await this.readHistory();
      return this.locked(async () => {
        const names = await this.names();
        const executed = await this.storage.executed();
        if (method === 'down') {
          assertFilesExist(executed, names);
        } else {
          await this.loadAll(names.filter(name => !executed.includes(name)));
        }
        const migrated = await super.runMigrations(method, withKnownNames(method, names, options));
        if (migrated.length === 0) {
          printProgress(
            method === 'up' ? 'Nothing to do: no migration is pending.' : 'Nothing to do: no migration is executed.',
          );
        }
        return migrated;
      });
    });
  }

  /** As MikroORM's, with a file that cannot be loaded explained. */
  protected override resolve(params: { name: string; path: string }): ReturnType<Migrator['resolve']> {
    const run = (method: 'up' | 'down') => async (afterRun?: Parameters<OnlineMigrationRunner['run']>[2]) => {
      const MigrationClass = await importMigration(params.path);
      await this.runner.run(new MigrationClass(this.driver, this.config), method, afterRun);
    };
    return { name: this.storage.getMigrationName(params.name), path: params.path, up: run('up'), down: run('down') };
  }

  /** The statements from the executed migrations to the entities. @throws MigrationError while migrations are pending. */
  private async planChange(): Promise<{ up: string[]; down: string[] }> {
    const pending = await super.getPending();
    if (pending.length > 0) {
      throw pendingMigrations(pending.map(({ name }) => name));
    }
    return this.diff();
  }

  private async diff(): Promise<{ up: string[]; down: string[] }> {
    const generator = this.config.getExtension<MikroORM['schema']>('@mikro-orm/schema-generator');
    const { safe, dropTables } = this.options;
    const diff = await generator?.getUpdateSchemaMigrationSQL({ wrap: false, safe, dropTables });
    const statements = (sql = ''): string[] => (sql.trim() === '' ? [] : [sql]);
    return { up: statements(diff?.up), down: statements(diff?.down) };
  }

  /** The numbered files, checked. @throws MigrationError for a number that is taken twice or missing. */
  private async readHistory(path?: string): Promise<MigrationFile[]> {
    await this.init();
    if (this.options.migrationsList) {
      return [];
    }
    const history = await readHistory(
      path === undefined ? this.absolutePath : resolve(this.config.get('baseDir'), path),
    );
    assertHistory(history);
    return history;
  }

  private async names(): Promise<string[]> {
    return (await this.discoverMigrations()).map(({ name }) => name);
  }

  /** Loads the files before the first of them runs. @throws MigrationError for one that is no migration. */
  private async loadAll(names: readonly string[]): Promise<void> {
    const classes = await this.migrationClasses();
    for (const name of names) {
      await classes.get(name)?.();
    }
  }

  private async migrationClasses(): Promise<Map<string, () => Promise<MigrationClass>>> {
    await this.init();
    const { migrationsList = [] } = this.options;
    const found = await this.discoverMigrations();
    return new Map(
      found.map(({ name, path }, index) => {
        const entry = migrationsList[index];
        const listed = typeof entry === 'function' ? entry : entry?.class;
        return [name, async () => (listed as MigrationClass | undefined) ?? importMigration(path ?? '')];
      }),
    );
  }

  /** Runs `work` as the only process that migrates this database, with our table there. */
  private async locked<T>(work: () => Promise<T>): Promise<T> {
    await this.init();
    const { schemaName, tableName } = this.storage.getTableName();
    const onWait = (holder: LockHolder | undefined): void => {
      const who = holder ? ` (pid ${holder.pid}, ${holder.application || 'no application name'})` : '';
      printProgress(`Waiting for another process that migrates this database${who}.`);
    };
    return withRunLock(this.driver.getConnection(), { name: `${schemaName}.${tableName}`, onWait }, async () => {
      await this.storage.createTable();
      return work();
    });
  }

  private attempt<T>(work: () => Promise<T>): Promise<T> {
    return withCommandLineErrors(work, () => this.driver.close(true));
  }
}

function reportProgress(migrator: OnlineMigrator): void {
  let startedAt = 0;
  const start = (): void => {
    startedAt = performance.now();
  };
  const end =
    (verb: string) =>
    ({ name }: MigrationInfo) => {
      printProgress(`${verb} ${name} in ${Math.round(performance.now() - startedAt)} ms`);
    };
  migrator.on('migrating', start).on('migrated', end('executed'));
  migrator.on('reverting', start).on('reverted', end('reverted'));
}

function alreadyExecuted(name: string): MigrationError {
  return new MigrationError({
    title: `${name} is executed already`,
    happens: 'The database records it.',
    remedy: 'Nothing needs to be done; npm run migrate:status shows all of them.',
    left: 'Nothing was changed.',
  });
}

function pendingMigrations(names: readonly string[]): MigrationError {
  return new MigrationError(
    {
      title: 'There are pending migrations',
      subject: names.join('\n'),
      happens: 'The database is behind the migration files.',
      hurts: 'A migration made now would repeat what they do.',
      remedy: 'npx mikro-orm migration:up',
      left: 'No file was written.',
    },
    { exitCode: 2 },
  );
}
