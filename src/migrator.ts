import { resolve } from 'node:path';
import type { MikroORM as CoreORM, MigrateOptions, MigrationInfo, MigrationResult } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { readDecisionVariables } from './generator/ask.ts';
import { hasChange, planChange } from './generator/create-migrations.ts';
import { assertHistory, assertNameIsFree, type MigrationFile, readHistory } from './generator/history.ts';
import { OnlineMigrationGenerator } from './generator/migration-generator.ts';
import { readMigrationName } from './generator/migration-name.ts';
import { planRollup } from './generator/rollup.ts';
import { type OwnedObjects, planOwnedObjects } from './planner/owned-objects.ts';
import type { FilePlan } from './planner/plan-files.ts';
import type { Waiting } from './planner/waiting-contracts.ts';
import { assertConsent } from './runner/consent.ts';
import {
  assertContractsReverted,
  describeWaiting,
  type Gate,
  OPEN_GATE,
  passGate,
  readGate,
} from './runner/contracts/gate.ts';
import { MigrationEvents, type MigratorEvent } from './runner/events.ts';
import { Executor } from './runner/executor.ts';
import { reportDrift } from './runner/live.ts';
import { type ListedMigration, MigrationFiles } from './runner/migration-files.ts';
import { OnlineMigrationStorage } from './runner/migration-storage.ts';
import { readBegunNames } from './runner/recorded-names.ts';
import { assertGone, assertMade } from './runner/records/assert-made.ts';
import { assertNoneHalfWay, assertRecords, reportMissing } from './runner/records/assert-records.ts';
import { Records } from './runner/records/records.ts';
import type { Repair } from './runner/records/repair.ts';
import type { StatusReport } from './runner/records/status.ts';
import { createReporter, type Reporter } from './runner/report.ts';
import {
  assertNonePending,
  assertNotExecuted,
  findName,
  readRunOptions,
  selectMigrations,
} from './runner/selection.ts';
import { type RunnerSettings, readRunnerSettings } from './runner/settings.ts';
import type { OnlineSchemaGenerator, SchemaOwner } from './schema-generator.ts';
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
  /** How careful the runner is, see `with`. */
  static readonly settings: Partial<RunnerSettings> = {};
  readonly #events = new MigrationEvents();
  readonly #reporter: Reporter;
  #executor: Executor | undefined;

  /** The migrator with settings of your own: `extensions: [OnlineMigrator.with({ lockTimeoutMs: 20 })]`; the environment wins. */
  static with(settings: Partial<RunnerSettings>): typeof OnlineMigrator {
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
    storage.fingerprint = async name => (await this.files().fingerprints([name])).get(name);
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

  /** @throws Error when migrations exist already, or some but not all of the entities' tables. */
  override async createInitial(path?: string, name = 'initial', blank = false): Promise<MigrationResult> {
    return this.attempt(() => this.locked(() => super.createInitial(path, name, blank)));
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
    return this.attempt(async () => {
      await this.readHistory();
      const { waiting, late } = await this.gate({});
      const findings = await this.records().find();
      const outOfOrder = findings.outOfOrder.filter(({ name }) => !late.has(name));
      assertRecords({ findings: { ...findings, outOfOrder }, left: 'Nothing was changed.', env: process.env });
      const names = new Set(waiting.map(({ name }) => name));
      const pending = (await super.getPending()).map(({ name }) => name);
      this.reportWaiting({ waiting, asked: 'none' });
      if (pending.some(name => !names.has(name))) {
        printProgress(`Pending: ${pending.filter(name => !names.has(name)).join(', ')}`);
        return true;
      }
      const change = await this.schema().change();
      const sources = { history: change.history, pending: await this.files().list(pending), waiting: names };
      const live = await this.executor().readLive(sources);
      reportDrift(live);
      return live.drift.length > 0 || (await hasChange(change, readDecisionVariables(process.env)));
    });
  }

  /** The pending migrations that wait: contracts until their release is out, and what changes the same objects. */
  async getWaiting(): Promise<readonly Waiting[]> {
    return this.attempt(async () => (await this.gate({})).waiting);
  }

  /**
   * Marks a migration as executed without running it.
   * @param options.force although what it makes is not there.
   * @throws MigrationError for one that is unknown or executed already, or (exit code 2) whose result is not in the database.
   */
  override async logMigration(name: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    return this.attempt(() =>
      this.locked(async () => {
        const recordedName = findName(await this.files().names(), name);
        assertNotExecuted(await this.storage.executed(), recordedName);
        const unlike = await this.findUnlike(recordedName, 'made');
        assertMade({ name: recordedName, unlike, force });
        await this.records().log(recordedName);
      }),
    );
  }

  /**
   * Takes a migration off the executed ones without reverting it.
   * @param options.force although what it makes is there.
   * @throws MigrationError for one that is not recorded, or (exit code 2) whose result is in the database.
   */
  override async unlogMigration(name: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    return this.attempt(() =>
      this.locked(async () => {
        const recordedName = findName(await this.storage.executed(), name);
        const hasFile = (await this.files().names()).includes(recordedName);
        const unlike = hasFile ? await this.findUnlike(recordedName, 'gone') : undefined;
        assertGone({ name: recordedName, unlike, force });
        await this.records().unlog(recordedName);
      }),
    );
  }

  /**
   * Makes the records fit the files, where a person says so; the schema is never touched.
   * @param options.names names or numbers; without them all that do not fit.
   * @param options.confirm is shown what would be done; nothing is locked meanwhile.
   * @returns what was done.
   */
  async repair(options: {
    names?: readonly string[];
    confirm: (repairs: readonly Repair[]) => Promise<boolean>;
  }): Promise<readonly Repair[]> {
    return this.attempt(async () => {
      await this.init();
      const planned = await this.records().planRepair(options.names);
      if (planned.length === 0 || !(await options.confirm(planned))) {
        return [];
      }
      return this.locked(async () => {
        const confirmed = new Set(planned.map(repair => JSON.stringify(repair)));
        const repairs = (await this.records().planRepair()).filter(repair => confirmed.has(JSON.stringify(repair)));
        await this.records().repair(repairs);
        return repairs;
      });
    });
  }

  /** Merges executed migrations into one file, which takes the number of the last of them. */
  override async rollup(migrations?: string[]): Promise<MigrationResult> {
    return this.attempt(() =>
      this.locked(async () => {
        const executed = await this.storage.executed();
        const { changed, missing } = await this.records().find();
        assertRecords({ findings: { changed, missing, outOfOrder: [] }, left: 'Nothing was changed.', env: {} });
        const chosen = migrations?.map(name => findName(executed, name)) ?? executed;
        const merged = (await this.readHistory()).filter(({ recordedName }) => chosen.includes(recordedName));
        assertNoneHalfWay(chosen, this.executor().halfWay());
        this.generator.preset = planRollup(merged);
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
      await this.init();
      return this.records().status(await this.gate({}));
    });
  }

  /** What our executed migrations made and have not dropped again: all that a generated migration may touch. */
  async ownedObjects(): Promise<OwnedObjects> {
    await this.init();
    return planOwnedObjects(await this.files().changes(await this.storage.executed()));
  }

  /** All files in their order, executed or pending, with what they list. */
  async listMigrations(): Promise<ListedMigration[]> {
    await this.init();
    return this.files().list(await this.files().names());
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
    this.#executor = undefined;
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
        return this.locked(() => this.runSelected(method, options), schema);
      } finally {
        this.storage.unsetRunSchema();
      }
    });
  }

  private async runSelected(
    method: 'up' | 'down',
    options?: string | string[] | MigrateOptions,
  ): Promise<MigrationInfo[]> {
    const [all, executed] = [await this.files().names(), await this.storage.executed()];
    const halfWay = this.executor().halfWay();
    const selected = selectMigrations(method, { all, executed, halfWay }, options);
    const gate = method === 'up' ? await this.gate(process.env, new Set(halfWay.keys())) : OPEN_GATE;
    const { run: migrations, waiting } = passGate(selected, gate);
    if (method === 'down') {
      await assertContractsReverted(migrations, { files: this.files(), all, executed });
    }
    const findings = await this.records().find();
    const outOfOrder = findings.outOfOrder.filter(
      ({ name }) => method === 'up' && migrations.includes(name) && !gate.late.has(name),
    );
    assertRecords({ findings: { ...findings, outOfOrder }, left: 'Nothing was run.', env: process.env });
    await this.records().adoptHashes(findings);
    if (selected.length === 0) {
      this.#reporter.report({ event: 'nothing to do', method });
    }
    const plans = await this.executor().plan(method, await this.files().load(migrations));
    await assertConsent(this.driver.getConnection(), method, plans);
    const done = await this.runEach(method, migrations);
    this.reportWaiting({ ...gate, waiting });
    return done;
  }

  private reportWaiting({ waiting, asked }: Pick<Gate, 'waiting' | 'asked'>): void {
    for (const one of waiting) {
      this.#reporter.report({ event: 'waits', migration: one.name, text: describeWaiting(one, asked) });
    }
  }

  /** One after the other; those that have run stay when a later one fails. */
  private async runEach(method: 'up' | 'down', names: readonly string[]): Promise<MigrationInfo[]> {
    const found = await this.discoverMigrations();
    const ran: MigrationInfo[] = [];
    for (const name of names) {
      const path = found.find(migration => migration.name === name)?.path;
      const info: MigrationInfo = { name, ...(path === undefined ? {} : { path }) };
      const startedAt = performance.now();
      await this.#events.emit(method === 'up' ? 'migrating' : 'reverting', info);
      await this.executor().run(name, method);
      await this.#events.emit(method === 'up' ? 'migrated' : 'reverted', info);
      const durationMs = Math.round(performance.now() - startedAt);
      this.#reporter.report({ event: method === 'up' ? 'executed' : 'reverted', migration: name, durationMs });
      ran.push(info);
    }
    return ran;
  }

  /** @throws RefusedError for a decision that is missing, MigrationError for what has no online form. */
  private async createFromChange(path?: string, name?: string): Promise<MigrationResult> {
    const { changed, missing } = await this.records().find();
    assertRecords({
      findings: { changed, missing: [], outOfOrder: [] },
      left: 'No file was written.',
      env: process.env,
    });
    reportMissing(missing);
    const change = await this.schema().change();
    const pending = (await super.getPending()).map(migration => migration.name);
    if (!change.history) {
      assertNonePending(pending);
    }
    const waiting = new Set((await this.gate({})).waiting.map(({ name }) => name));
    const sources = { history: change.history, pending: await this.files().list(pending), waiting };
    const live = await this.executor().readLive(sources);
    reportDrift(live);
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
      const { missing } = await this.records().find();
      const findings = { changed: [], missing, outOfOrder: [] };
      assertRecords({ findings, left: 'Nothing was run and nothing was written.', env: {} });
      throw error;
    }
    return history;
  }

  private async locked<T>(work: () => Promise<T>, schema?: string): Promise<T> {
    await this.init();
    return this.executor().locked(work, schema);
  }

  private files(): MigrationFiles {
    const { driver, config } = this;
    const { migrationsList } = this.options;
    return new MigrationFiles({ driver, config, migrationsList, discover: () => this.discoverMigrations() });
  }

  private async findUnlike(name: string, wanted: 'made' | 'gone'): Promise<string[]> {
    const { findUnlikeHere } = await import('./find-unlike.ts');
    const { driver, config, storage } = this;
    return findUnlikeHere({ driver, config, storage, files: this.files() }, { name, wanted });
  }

  private async gate(env: NodeJS.ProcessEnv, halfWay?: ReadonlySet<string>): Promise<Gate> {
    await this.init();
    const [all, executed] = [await this.files().names(), await this.storage.executed()];
    const begun = halfWay ?? (await readBegunNames(this.driver, this.storage));
    return readGate({
      files: this.files(),
      all,
      executed,
      begun,
      env,
      isInUse: names => this.executor().isInUse(names),
    });
  }

  private records(): Records {
    return new Records({ driver: this.driver, storage: this.storage, files: this.files() });
  }

  private executor(): Executor {
    const { settings } = this.constructor as typeof OnlineMigrator;
    this.#executor ??= new Executor({
      driver: this.driver,
      config: this.config,
      storage: this.storage,
      reporter: this.#reporter,
      settings: () => readRunnerSettings(settings, process.env),
    });
    return this.#executor;
  }

  private attempt<T>(work: () => Promise<T>): Promise<T> {
    return withCommandLineErrors(work, () => this.driver.close(true));
  }
}

function sqlOf(files: readonly FilePlan[], method: 'up' | 'down'): string[] {
  return files.flatMap(file => file[method].map(({ sql }) => sql));
}
