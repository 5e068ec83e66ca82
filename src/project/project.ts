import type { Configuration } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { Waiting } from '../planner/waiting-contracts.ts';
import { describeWaiting, type Gate, readGate } from '../runner/contracts/gate.ts';
import { Executor } from '../runner/executor.ts';
import { MigrationFiles } from '../runner/migration-files.ts';
import type { OnlineMigrationStorage } from '../runner/migration-storage.ts';
import { readBegunNames } from '../runner/recorded-names.ts';
import { Records } from '../runner/records/records.ts';
import type { Reporter } from '../runner/report.ts';
import { type RunnerSettings, readRunnerSettings } from '../runner/settings.ts';
import type { OnlineSchemaGenerator } from '../schema-generator.ts';
import { RunRecorder } from '../staging/run-recorder.ts';

/** What `OnlineMigrator.with` takes. */
export interface MigratorSettings extends Partial<RunnerSettings> {
  /** On a database that is marked as production, `up` wants a report of staging about the very same files. */
  readonly requireStagingReport?: boolean;
}

export interface ProjectContext {
  readonly driver: PostgreSqlDriver;
  readonly config: Configuration;
  readonly storage: OnlineMigrationStorage;
  readonly reporter: Reporter;
  /** Those of the configuration; the environment wins. */
  readonly settings: MigratorSettings;
  /** Says which way the sessions of a run go; `process.env` when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** The migrations that there are, in their order. */
  discover(): Promise<{ readonly name: string; readonly path?: string }[]>;
}

/** The migrations of a project beside its database: what every command works with. */
export class Project {
  readonly driver: PostgreSqlDriver;
  readonly config: Configuration;
  readonly storage: OnlineMigrationStorage;
  readonly reporter: Reporter;
  /** The same, which keeps what steps take for a report of staging. */
  readonly recorder: RunRecorder;
  readonly requireStagingReport: boolean;
  readonly files: MigrationFiles;
  readonly records: Records;
  readonly executor: Executor;
  /** @throws SettingsError that names every bad value at once. */
  readonly settings: () => RunnerSettings;
  readonly discover: ProjectContext['discover'];
  #found: Awaited<ReturnType<ProjectContext['discover']>> | undefined;

  constructor({ driver, config, storage, reporter, settings, discover, env = process.env }: ProjectContext) {
    const { migrationsList } = config.get('migrations');
    this.driver = driver;
    this.config = config;
    this.storage = storage;
    this.recorder = new RunRecorder(reporter);
    this.reporter = this.recorder;
    const { requireStagingReport = false, ...runner } = settings;
    this.requireStagingReport = requireStagingReport;
    this.discover = async () => this.#found ?? (await discover());
    this.settings = () => readRunnerSettings(runner, process.env);
    this.files = new MigrationFiles({ driver, config, migrationsList, discover: this.discover });
    this.records = new Records({ driver, storage, files: this.files });
    this.executor = new Executor({ driver, config, storage, reporter: this.recorder, env, settings: this.settings });
  }

  /** Runs `work`, which writes no migration, on the files as they are now: MikroORM looks through the folder for each question. */
  async withFilesAsTheyAre<T>(work: () => Promise<T>): Promise<T> {
    this.#found = await this.discover();
    try {
      return await work();
    } finally {
      this.#found = undefined;
    }
  }

  get schema(): OnlineSchemaGenerator {
    return this.config.getExtension('@mikro-orm/schema-generator') as unknown as OnlineSchemaGenerator;
  }

  /** Names of the files that are not recorded, in their order. */
  async pending(): Promise<string[]> {
    const executed = new Set(await this.storage.executed());
    return (await this.files.names()).filter(name => !executed.has(name));
  }

  /**
   * What waits for a deploy.
   * @param env says which contracts may run; `{}` for a mere look.
   * @param halfWay the migrations that stopped half-way, where they are known.
   */
  async gate(env: NodeJS.ProcessEnv, halfWay?: ReadonlySet<string>): Promise<Gate> {
    const [all, executed] = [await this.files.names(), await this.storage.executed()];
    const begun = halfWay ?? (await readBegunNames(this.driver, this.storage));
    const isInUse: Executor['isInUse'] = names => this.executor.isInUse(names);
    return readGate({ files: this.files, all, executed, begun, env, isInUse });
  }

  reportWaiting(waiting: readonly Waiting[], asked: Gate['asked']): void {
    for (const one of waiting) {
      this.reporter.report({ event: 'waits', migration: one.name, text: describeWaiting(one, asked) });
    }
  }
}
