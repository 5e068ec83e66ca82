import { resolve } from 'node:path';
import type { MikroORM as CoreORM, MigrateOptions, MigrationInfo, MigrationResult } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { assertHistory, assertNameIsFree, type MigrationFile, readHistory } from './generator/history.ts';
import { OnlineMigrationGenerator } from './generator/migration-generator.ts';
import { readMigrationName } from './generator/migration-name.ts';
import type { OwnedObjects } from './planner/owned-objects.ts';
import type { FilePlan } from './planner/plan-files.ts';
import type { Waiting } from './planner/waiting-contracts.ts';
import type { Behind } from './project/plan-change.ts';
import { type MigratorSettings, Project } from './project/project.ts';
import { logByHand, type RepairOptions, repairRecords, unlogByHand } from './project/records-by-hand.ts';
import { runSelected } from './project/run-selected.ts';
import { MigrationEvents, type MigratorEvent } from './runner/events.ts';
import type { ListedMigration } from './runner/migration-files.ts';
import { OnlineMigrationStorage } from './runner/migration-storage.ts';
import { assertNoneHalfWay, assertRecords, reportMissing } from './runner/records/assert-records.ts';
import type { Repair } from './runner/records/repair.ts';
import type { StatusReport } from './runner/records/status.ts';
import { createReporter, type Reporter } from './runner/report.ts';
import { findName, readRunOptions } from './runner/selection.ts';
import type { SchemaOwner } from './schema-generator.ts';
import { withCommandLineErrors } from './terminal/host.ts';

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
  /** How careful the runner is, see `with`. */
  static readonly settings: MigratorSettings = {};
  readonly #events = new MigrationEvents();
  readonly #reporter: Reporter;
  #project: Project | undefined;

  /** The migrator with settings of your own: `extensions: [OnlineMigrator.with({ lockTimeoutMs: 20 })]`; the environment wins. */
  static with(settings: MigratorSettings): typeof OnlineMigrator {
    return class extends OnlineMigrator {
      static override readonly name = 'Migrator';
      static override readonly settings = settings;
    };
  }

  static override register(orm: CoreORM): void {
    orm.config.registerExtension('@mikro-orm/migrator', () => {
      const options = orm.config.get('migrations');
      const { silent = false } = options;
      // Each migration has a transaction of its own: the shared one of MikroORM would hold every lock until the last one
      // has run. `session_replication_role` would switch foreign keys and triggers off. MikroORM's own lines give way to ours.
      Object.assign(options, { allOrNothing: false, disableForeignKeys: false, snapshot: false, silent: true });
      return new this(orm.em as MikroORM['em'], { silent });
    });
  }

  constructor(em: MikroORM['em'], { silent = false }: { silent?: boolean } = {}) {
    super(em);
    this.#reporter = createReporter({ silent, env: process.env });
  }

  override on(event: MigratorEvent, listener: (migration: MigrationInfo) => Promise<void> | void): this {
    this.#events.on(event, listener);
    return this;
  }

  override off(event: MigratorEvent, listener: (migration: MigrationInfo) => Promise<void> | void): this {
    this.#events.off(event, listener);
    return this;
  }

  protected override createStorage(): OnlineMigrationStorage {
    const storage = new OnlineMigrationStorage(this.driver, this.options);
    storage.fingerprint = async name => (await (await this.project()).files.fingerprints([name])).get(name);
    return storage;
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

  /** @throws MigrationError when migrations exist already, or some but not all of the entities' tables. */
  override async createInitial(path?: string, name = 'initial', blank = false): Promise<MigrationResult> {
    return this.attempt(async () => {
      const { assertNoneYet, explainInitial } = await import('./generator/initial.ts');
      assertNoneYet(await this.readHistory(path), await this.storage.executed());
      return this.locked(() => super.createInitial(path, name, blank).catch(explainInitial));
    });
  }

  override async getPending(options?: { schema?: string }): Promise<MigrationInfo[]> {
    return this.attempt(async () => {
      await this.readHistory();
      return super.getPending(options);
    });
  }

  override async getExecuted(options?: { schema?: string }): ReturnType<Migrator['getExecuted']> {
    return this.attempt(async () => {
      await this.readHistory();
      return super.getExecuted(options);
    });
  }

  /** True when migrations are pending, an entity has changed without one, or the live database is not what they made. */
  override async checkSchema(): Promise<boolean> {
    return (await this.findBehind()) !== undefined;
  }

  /** What `checkSchema` finds; undefined where the live database is what the entities describe. */
  async findBehind(): Promise<Behind | undefined> {
    return this.attempt(async () => {
      await this.readHistory();
      const project = await this.project();
      const { late } = await project.gate({});
      const findings = await project.records.find();
      const outOfOrder = findings.outOfOrder.filter(({ name }) => !late.has(name));
      assertRecords({ findings: { ...findings, outOfOrder }, left: 'Nothing was changed.', env: process.env });
      const { findBehind } = await import('./project/plan-change.ts');
      return findBehind(project);
    });
  }

  /** The pending migrations that wait: contracts until their release is out, and what changes the same objects. */
  async getWaiting(): Promise<readonly Waiting[]> {
    return this.attempt(async () => (await (await this.project()).gate({})).waiting);
  }

  /**
   * Marks a migration as executed without running it.
   * @param options.force although what it makes is not there.
   * @throws MigrationError for one that is unknown or executed already, or (exit code 2) whose result is not in the database.
   */
  override async logMigration(name: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    return this.attempt(() => this.locked(project => logByHand(project, { typed: name, force })));
  }

  /**
   * Takes a migration off the executed ones without reverting it.
   * @param options.force although what it makes is there.
   * @throws MigrationError for one that is not recorded, or (exit code 2) whose result is in the database.
   */
  override async unlogMigration(name: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    return this.attempt(() => this.locked(project => unlogByHand(project, { typed: name, force })));
  }

  /** Makes the records fit the files, where a person says so; the schema is never touched. @returns what was done. */
  async repair(options: RepairOptions): Promise<readonly Repair[]> {
    return this.attempt(async () => repairRecords(await this.project(), options));
  }

  /** Merges executed migrations into one file, which takes the number of the last of them. */
  override async rollup(migrations?: string[]): Promise<MigrationResult> {
    return this.attempt(() =>
      this.locked(async ({ records, executor, files }) => {
        const executed = await this.storage.executed();
        const { changed, missing } = await records.find();
        assertRecords({ findings: { changed, missing, outOfOrder: [] }, left: 'Nothing was changed.', env: {} });
        const chosen = migrations?.map(name => findName(executed, name)) ?? executed;
        const merged = (await this.readHistory()).filter(({ recordedName }) => chosen.includes(recordedName));
        assertNoneHalfWay(chosen, executor.halfWay());
        const { planRollup } = await import('./generator/rollup.ts');
        this.generator.preset = planRollup(merged, [...(await files.kept(chosen))]);
        const { fingerprint } = this.storage;
        // it would load the file within the transaction, on one more connection
        this.storage.fingerprint = undefined;
        try {
          const result = await super.rollup(merged.map(({ recordedName }) => recordedName));
          const name = result.fileName.replace(/\.[jt]s$/, '');
          const own = await fingerprint?.(name);
          if (own) {
            await this.storage.setFingerprint(name, own);
          }
          return result;
        } finally {
          this.generator.preset = undefined;
          this.storage.fingerprint = fingerprint;
        }
      }),
    );
  }

  /** Each migration as executed, pending, running, stopped half-way, changed or missing. Waits for nobody. */
  async status(): Promise<StatusReport> {
    return this.attempt(async () => {
      const project = await this.project();
      return project.records.status(await project.gate({}));
    });
  }

  /** What our executed migrations made and have not dropped again: all that a generated migration may touch. */
  async ownedObjects(): Promise<OwnedObjects> {
    const { files, storage } = await this.project();
    const { planOwnedObjects } = await import('./planner/owned-objects.ts');
    return planOwnedObjects(await files.changes(await storage.executed()));
  }

  /** What our own commands work with. */
  async project(): Promise<Project> {
    await this.init();
    const { driver, config, storage } = this;
    const { settings } = this.constructor as typeof OnlineMigrator;
    const discover: Project['discover'] = () => this.discoverMigrations();
    this.#project ??= new Project({ driver, config, storage, reporter: this.#reporter, settings, discover });
    return this.#project;
  }

  /** All files in their order, executed or pending, with what they list. */
  async listMigrations(): Promise<ListedMigration[]> {
    const { files } = await this.project();
    return files.list(await files.names());
  }

  /** What they say is to stay although no entity describes it any more. */
  async keptObjects(): Promise<ReadonlySet<string>> {
    const { files } = await this.project();
    return files.kept(await files.names());
  }

  /** @throws MigrationError for a broken history or a file that is no migration: then nothing may be dropped. */
  async assertFilesReady(): Promise<void> {
    await this.readHistory();
    await this.listMigrations();
  }

  /** @throws MigrationError (exit code 2) for a number that is taken twice or missing. */
  async assertNumbered(): Promise<void> {
    await this.attempt(() => this.readHistory());
  }

  /** MikroORM's storage remembers for ever that its table is there: a new one looks again. */
  forgetSchema(): void {
    this.storage = this.createStorage();
    this.#project = undefined;
  }

  /** Judges all that is to run, then runs it. */
  protected override async runMigrations(
    method: 'up' | 'down',
    options?: string | string[] | MigrateOptions,
  ): Promise<MigrationInfo[]> {
    return this.attempt(async () => {
      const { schema = this.options.schema } = readRunOptions(options);
      this.storage.setRunSchema(schema);
      try {
        await this.readHistory();
        return this.locked(project => runSelected(project, { method, options, events: this.#events }), schema);
      } finally {
        this.storage.unsetRunSchema();
      }
    });
  }

  /** @throws RefusedError for a decision that is missing, MigrationError for what has no online form. */
  private async createFromChange(path?: string, name?: string): Promise<MigrationResult> {
    const project = await this.project();
    const { changed, missing } = await project.records.find();
    assertRecords({
      findings: { changed, missing: [], outOfOrder: [] },
      left: 'No file was written.',
      env: process.env,
    });
    reportMissing(missing);
    const { planEntityChange } = await import('./project/plan-change.ts');
    const files = await planEntityChange(project);
    const written = await this.generator.generateFiles(files, { path, name });
    const diff = { up: sqlOf(files, 'up'), down: sqlOf(files, 'down') };
    const code = written.map(file => file.code).join('\n');
    return { fileName: written.map(file => file.fileName).join(', '), code, diff };
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
    try {
      assertHistory(history);
    } catch (error) {
      // a gap is better said by the name of what has run
      const { missing } = await (await this.project()).records.find();
      const findings = { changed: [], missing, outOfOrder: [] };
      assertRecords({ findings, left: 'Nothing was run and nothing was written.', env: {} });
      throw error;
    }
    return history;
  }

  private async locked<T>(work: (project: Project) => Promise<T>, schema?: string): Promise<T> {
    const project = await this.project();
    return project.executor.locked(() => work(project), schema);
  }

  private attempt<T>(work: () => Promise<T>): Promise<T> {
    return withCommandLineErrors(work, () => this.driver.close(true));
  }
}

function sqlOf(files: readonly FilePlan[], method: 'up' | 'down'): string[] {
  return files.flatMap(file => file[method].map(({ sql }) => sql));
}
