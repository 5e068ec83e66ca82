import { resolve } from 'node:path';
import type { MikroORM as CoreORM, MigrateOptions, MigrationInfo, MigrationResult } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MigrationError } from './errors.ts';
import { readDecisionVariables } from './generator/ask.ts';
import { hasChange, planChange } from './generator/create-migrations.ts';
import { assertHistory, assertNameIsFree, type MigrationFile, readHistory } from './generator/history.ts';
import { OnlineMigrationGenerator } from './generator/migration-generator.ts';
import { readMigrationName } from './generator/migration-name.ts';
import { planRollup } from './generator/rollup.ts';
import { type OwnedObjects, planOwnedObjects } from './planner/owned-objects.ts';
import type { FilePlan } from './planner/plan-files.ts';
import type { ReplayedMigration } from './proof/replay.ts';
import { Executor } from './runner/executor.ts';
import { listStatements } from './runner/list-statements.ts';
import { reportDrift } from './runner/live.ts';
import { importMigration, type MigrationClass } from './runner/migration-classes.ts';
import { OnlineMigrationStorage } from './runner/migration-storage.ts';
import type { ChosenMigration } from './runner/plan-runs.ts';
import { assertFilesExist, findName, selectMigrations } from './runner/selection.ts';
import type { OnlineSchemaGenerator, SchemaOwner } from './schema-generator.ts';
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
  #executor: Executor | undefined;

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
      for (const part of name?.split(',') ?? []) {
        assertNameIsFree(history, readMigrationName(part));
      }
      if (initial) {
        return this.createInitial(path, name, blank);
      }
      if (blank) {
        const diff = { up: ['select 1'], down: ['select 1'] };
        const [code, fileName] = await this.generator.generate(diff, path, name);
        return { fileName, code, diff };
      }
      return this.createFromChange(path, name);
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

  /** True when migrations are pending, an entity has changed without one, or the live database is not what they made. */
  override async checkSchema(): Promise<boolean> {
    return this.attempt(async () => {
      await this.readHistory();
      const pending = (await super.getPending()).map(({ name }) => name);
      if (pending.length > 0) {
        printProgress(`Pending: ${pending.join(', ')}`);
        return true;
      }
      const change = await this.schema().change();
      const { drift } = await this.executor().readLive({ history: change.history, pending: [] });
      reportDrift(drift);
      return drift.length > 0 || (await hasChange(change, readDecisionVariables(process.env)));
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

  /** Judges all that is to run, then runs it: MikroORM's own loop with ours around each migration. */
  protected override async runMigrations(
    method: 'up' | 'down',
    options?: string | string[] | MigrateOptions,
  ): Promise<MigrationInfo[]> {
    return this.attempt(async () => {
      await this.readHistory();
      return this.locked(async () => {
        const [all, executed] = [await this.names(), await this.storage.executed()];
        if (method === 'down') {
          assertFilesExist(executed, all);
        }
        const migrations = selectMigrations(method, { all, executed }, options);
        if (migrations.length === 0) {
          printProgress(NOTHING_TO_DO[method]);
        }
        await this.plan(method, migrations);
        const schema = typeof options === 'object' && 'schema' in options ? options.schema : undefined;
        return super.runMigrations(method, { migrations, schema });
      });
    });
  }

  /** @throws MigrationError for a file that is no migration, or a statement that is not online; before anything runs. */
  private async plan(method: 'up' | 'down', names: readonly string[]): Promise<void> {
    const classes = await this.migrationClasses();
    const chosen: ChosenMigration[] = [];
    for (const name of names) {
      const MigrationClass = await classes.get(name)?.();
      if (MigrationClass) {
        chosen.push({ name, MigrationClass });
      }
    }
    await this.executor().plan(method, chosen);
  }

  protected override resolve({ name: file, path }: { name: string; path: string }): ReturnType<Migrator['resolve']> {
    return { path, ...this.runnable(this.storage.getMigrationName(file)) };
  }

  protected override initialize(...args: Parameters<Migrator['initialize']>): ReturnType<Migrator['initialize']> {
    return this.runnable(super.initialize(...args).name);
  }

  private runnable(name: string): ReturnType<Migrator['initialize']> {
    return { name, up: () => this.executor().run(name, 'up'), down: () => this.executor().run(name, 'down') };
  }

  /** @throws RefusedError for a decision that is missing, MigrationError for what has no online form. */
  private async createFromChange(path?: string, name?: string): Promise<MigrationResult> {
    const change = await this.schema().change();
    const pending = (await super.getPending()).map(migration => migration.name);
    if (pending.length > 0 && !change.history) {
      throw pendingMigrations(pending);
    }
    const live = await this.executor().readLive({ history: change.history, pending: await this.listNamed(pending) });
    reportDrift(live.drift);
    const files = await planChange(
      { ...change, readFacts: live.readFacts, countRows: (table, column) => this.executor().countRows(table, column) },
      readDecisionVariables(process.env),
    );
    const written = await this.generator.generateFiles(files, { path, name });
    const diff = { up: sqlOf(files, 'up'), down: sqlOf(files, 'down') };
    const code = written.map(file => file.code).join('\n');
    return { fileName: written.map(file => file.fileName).join(', '), code, diff };
  }

  private schema(): OnlineSchemaGenerator {
    return this.config.getExtension('@mikro-orm/schema-generator') as unknown as OnlineSchemaGenerator;
  }

  /** All files in their order, executed or pending, with what they list. */
  async listMigrations(): Promise<ReplayedMigration[]> {
    return this.listNamed([...(await this.migrationClasses()).keys()]);
  }

  private async listNamed(names: readonly string[]): Promise<ReplayedMigration[]> {
    const classes = await this.migrationClasses();
    const listed: ReplayedMigration[] = [];
    for (const name of names) {
      const MigrationClass = await classes.get(name)?.();
      const context = { driver: this.driver, config: this.config };
      listed.push({ name, statements: MigrationClass ? await listStatements(MigrationClass, context, 'up') : [] });
    }
    return listed;
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

  private async locked<T>(work: () => Promise<T>): Promise<T> {
    await this.init();
    return this.executor().locked(work);
  }

  private executor(): Executor {
    this.#executor ??= new Executor({ driver: this.driver, config: this.config, storage: this.storage });
    return this.#executor;
  }

  private attempt<T>(work: () => Promise<T>): Promise<T> {
    return withCommandLineErrors(work, () => this.driver.close(true));
  }
}

function sqlOf(files: readonly FilePlan[], method: 'up' | 'down'): string[] {
  return files.flatMap(file => file[method].map(({ sql }) => sql));
}

const NOTHING_TO_DO = {
  up: 'Nothing to do: no migration is pending.',
  down: 'Nothing to do: no migration is executed.',
} as const;

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
