import type {
  ClearDatabaseOptions,
  CreateSchemaOptions,
  DropSchemaOptions,
  EnsureDatabaseOptions,
  MikroORM,
  UpdateSchemaOptions,
} from '@mikro-orm/core';
import { DatabaseSchema, SchemaComparator, type SqlEntityManager, SqlSchemaGenerator } from '@mikro-orm/postgresql';
import type { Catalog } from './catalog/catalog.ts';
import { ServerError } from './errors.ts';
import type { InCode } from './generator/in-code.ts';
import { compareKeys, findKeyColumns, removeKeyColumns } from './generator/key-columns.ts';
import {
  outlineEnums,
  outlineSchema,
  relaxIn,
  removeFrom,
  renameIn,
  renameValuesIn,
} from './generator/mikro-schema.ts';
import { renameValues } from './planner/decide-enums.ts';
import type { Decisions } from './planner/decisions.ts';
import type { OwnedObjects } from './planner/owned-objects.ts';
import type { FilePlan, SqlDifference } from './planner/plan-files.ts';
import type { SchemaChange } from './planner/questions.ts';
import type { ReplayedMigration } from './proof/replay.ts';
import type { ShadowServer } from './proof/shadow.ts';
import type { Trial } from './proof/try-plan.ts';
import { journalTable } from './runner/journal.ts';
import { assertNotProduction } from './server/protection.ts';
import { quoteName, renderName } from './statement/change.ts';
import { withCommandLineErrors } from './terminal/host.ts';

/** What the schema generator has to know of the migrations: `OnlineMigrator` tells it. */
export interface SchemaOwner {
  ownedObjects(): Promise<OwnedObjects>;
  /** All files in their order, executed or pending. */
  listMigrations(): Promise<readonly ReplayedMigration[]>;
  /** What they say is to stay although no entity describes it any more. */
  keptObjects(): Promise<ReadonlySet<string>>;
  /** @throws MigrationError when the migrations could not run. */
  assertFilesReady(): Promise<void>;
  /** Called after the schema was dropped. */
  forgetSchema(): void;
}

/** A change of the entities, before anybody has decided on it. */
export interface EntityChange extends SchemaChange {
  /** What migrations say is to stay undescribed. */
  readonly kept: ReadonlySet<string>;
  /** What the migrations make, replayed; absent where they could not be. */
  readonly history?: Catalog;
  /** What the entities describe, built; absent with it. */
  readonly entities?: Catalog;
  /** The statements under these decisions. Call it once. */
  difference(decisions: Decisions): Promise<SqlDifference>;
  /** Runs the plan on a shadow database, where answers are expressions; absent where there is none. */
  tryPlan?(files: readonly FilePlan[], decisions: Decisions): Promise<void>;
  findInCode(table: string, column?: string): InCode | undefined;
}

/**
 * MikroORM's schema generator, kept to what is ours: it compares and drops only the objects that our migrations made or that an
 * entity describes, and never creates a database that is missing.
 */
export class OnlineSchemaGenerator extends SqlSchemaGenerator {
  static override register(orm: MikroORM): void {
    orm.config.registerExtension(
      '@mikro-orm/schema-generator',
      () => new OnlineSchemaGenerator(orm.em as SqlEntityManager),
    );
  }

  /** Connects; a missing database is an error. @returns false: it was not created. */
  override async ensureDatabase(options?: EnsureDatabaseOptions): Promise<boolean> {
    await this.connection.ensureConnection();
    if (options?.clear) {
      await this.clear({ ...options, clearIdentityMap: false });
    }
    return false;
  }

  /** Statements from what our migrations made to what the entities describe, and back. */
  override async getUpdateSchemaMigrationSQL(
    options: UpdateSchemaOptions<DatabaseSchema> = {},
  ): Promise<{ up: string; down: string }> {
    const fromSchema =
      options.fromSchema ?? (await this.readOwnSchema(await this.owner.ownedObjects(), options.schema));
    return super.getUpdateSchemaMigrationSQL({ ...options, fromSchema });
  }

  /**
   * The change from the migrations to the entities: what has to be asked about it, and its statements once that is answered.
   * Both sides are built on a shadow database and read back; where there is none, the live database stands for the migrations,
   * and an expression that PostgreSQL words in its own way can come out as a change.
   * @param options.isExpected there is one, as far as anybody knows: a database for it is made while files are still read.
   */
  async change({ isExpected = false }: { readonly isExpected?: boolean } = {}): Promise<EntityChange> {
    // loaded here, since most commands compare nothing
    const { withShadowServer } = await import('./proof/shadow.ts');
    const cwd = this.config.get('baseDir');
    const compare = async (server: ShadowServer): Promise<EntityChange> =>
      this.shadowChange(server, await this.owner.listMigrations());
    try {
      return await withShadowServer({ env: process.env, cwd, ahead: isExpected }, compare);
    } catch (error) {
      if (error instanceof ServerError && !process.env.SHADOW_DATABASE_URL) {
        return this.liveChange();
      }
      throw error;
    }
  }

  private async shadowChange(server: ShadowServer, migrations: readonly ReplayedMigration[]): Promise<EntityChange> {
    const [{ readSides }, { outlineCatalog, planDifference }, { findCacheDirectory }] = await Promise.all([
      import('./proof/compare.ts'),
      import('./proof/plan-difference.ts'),
      import('./proof/recorded.ts'),
    ]);
    const { platform } = this;
    const cacheDirectory = findCacheDirectory(this.config.get('baseDir'));
    const parts = { platform, config: this.config, generator: new SqlSchemaGenerator(this.driver) };
    const sides = await readSides(parts, { server, migrations, ...(cacheDirectory ? { cacheDirectory } : {}) });
    return {
      before: outlineCatalog(sides.history),
      after: outlineCatalog(sides.entities),
      enums: { before: sides.history.enums, after: sides.entities.enums },
      kept: await this.owner.keptObjects(),
      history: sides.history,
      entities: sides.entities,
      difference: decisions => planDifference(parts, sides, decisions),
      tryPlan: (files, answers) => this.tryPlan(migrations, { files, answers }),
      findInCode: (table, column) => this.findInCode(table, column),
    };
  }

  private async tryPlan(migrations: readonly ReplayedMigration[], trial: Trial): Promise<void> {
    const { hasExpressions, tryPlan } = await import('./proof/try-plan.ts');
    if (hasExpressions(trial.answers)) {
      const { withShadowServer } = await import('./proof/shadow.ts');
      const options = { env: process.env, cwd: this.config.get('baseDir'), ahead: true };
      await withShadowServer(options, server => tryPlan(server, migrations, trial));
    }
  }

  private async liveChange(): Promise<EntityChange> {
    const own = await this.owner.ownedObjects();
    const target = this.getTargetSchema();
    const [full, reduced] = [await this.readOwnSchema(own), await this.readOwnSchema(own)];
    const enums = { before: outlineEnums(full), after: outlineEnums(target) };
    return {
      before: outlineSchema(full),
      after: outlineSchema(target),
      enums,
      kept: await this.owner.keptObjects(),
      findInCode: (table, column) => this.findInCode(table, column),
      difference: async decisions => {
        const keys = findKeyColumns(full, decisions);
        const values = renameValues(enums.before, enums.after, decisions);
        const [renames] = [full, reduced].map(schema => {
          renameValuesIn(schema, decisions);
          relaxIn(schema, decisions);
          return [...values, ...renameIn(schema, decisions)];
        });
        removeFrom(full, decisions.keeps);
        removeFrom(reduced, decisions.keeps.union(decisions.drops).difference(new Set(keys.map(({ name }) => name))));
        const expand = compareKeys({ from: reduced, target }, keys, () => ({
          up: this.compareSchemas(reduced, target),
          down: this.compareSchemas(target, reduced),
        }));
        removeKeyColumns({ full, reduced }, keys);
        return {
          renames: renames ?? [],
          expand,
          contract: { up: this.compareSchemas(full, reduced), down: this.compareSchemas(reduced, full) },
        };
      },
    };
  }

  private findInCode(table: string, column?: string): InCode | undefined {
    for (const { className, tableName, schema, props } of this.metadata.getAll().values()) {
      if (renderName({ ...(schema === undefined ? {} : { schema }), name: tableName }) !== table) {
        continue;
      }
      const property = props.find(({ fieldNames }) => column !== undefined && fieldNames?.includes(column))?.name;
      return { entity: className, ...(property === undefined ? {} : { property }) };
    }
    return undefined;
  }

  /** Statements that bring the database to the entities, tables that no migration made included (`db:push`). */
  override async getUpdateSchemaSQL(options: UpdateSchemaOptions<DatabaseSchema> = {}): Promise<string> {
    const own = this.withEntities(await this.owner.ownedObjects(), options.schema);
    const fromSchema = options.fromSchema ?? (await this.readOwnSchema(own, options.schema));
    return super.getUpdateSchemaSQL({ ...options, fromSchema });
  }

  /** MikroORM's drops every enum type it finds, and misses tables that migrations made and no entity describes any more. */
  override async getDropSchemaSQL(options: Omit<DropSchemaOptions, 'dropDb'> = {}): Promise<string> {
    const own = this.withEntities(await this.owner.ownedObjects(), options.schema);
    const drops = [
      ...[...own.views].map(view => `drop view if exists ${quoteRendered(view)} cascade`),
      ...[...own.tables].map(table => `drop table if exists ${quoteRendered(table)} cascade`),
      ...[...own.types].map(type => `drop type if exists ${quoteRendered(type)} cascade`),
    ];
    if (options.dropMigrationsTable) {
      const schema = this.config.get('schema');
      const executed = this.config.get('migrations').tableName ?? 'mikro_orm_migrations';
      const tables = [executed, journalTable(executed)].map(name =>
        quoteName(schema === undefined ? { name } : { schema, name }),
      );
      drops.push(...tables.map(table => `drop table if exists ${table}`));
    }
    return drops.map(sql => `${sql};\n`).join('');
  }

  /** @throws RefusedError in production. */
  override async create(options?: CreateSchemaOptions): Promise<void> {
    await this.attempt(async () => {
      await assertNotProduction(this.connection, CHANGE);
      await super.create(options);
    });
  }

  /** @throws RefusedError in production. */
  override async update(options?: UpdateSchemaOptions<DatabaseSchema>): Promise<void> {
    await this.attempt(async () => {
      await assertNotProduction(this.connection, CHANGE);
      await super.update(options);
    });
  }

  /** @throws RefusedError in production. */
  override async clear(options?: ClearDatabaseOptions): Promise<void> {
    await this.attempt(async () => {
      await assertNotProduction(this.connection, CLEAR);
      await super.clear(options);
    });
  }

  /** @throws RefusedError in production. */
  override async drop(options: DropSchemaOptions = {}): Promise<void> {
    await this.attempt(async () => {
      await assertNotProduction(this.connection, DROP);
      // what follows a drop is `up`: it must not turn out to be impossible when everything is gone
      await this.owner.assertFilesReady();
      await super.drop(options);
      this.owner.forgetSchema();
    });
  }

  /**
   * Drops the database and leaves an empty one of its name: nothing of ours would create it again.
   * @throws RefusedError in production.
   */
  override async dropDatabase(name: string = this.config.get('dbName')): Promise<void> {
    await this.attempt(async () => {
      await assertNotProduction(this.connection, DROP);
      await super.dropDatabase(name);
      await this.createDatabase(name);
    });
  }

  private attempt(work: () => Promise<void>): Promise<void> {
    return withCommandLineErrors(work, () => this.driver.close(true));
  }

  private compareSchemas(from: DatabaseSchema, to: DatabaseSchema): string {
    const difference = new SchemaComparator(this.platform).compare(from, to);
    return this.diffToSQL(difference, { wrap: false, safe: false, dropTables: true });
  }

  private get owner(): SchemaOwner {
    return this.config.getExtension('@mikro-orm/migrator') as unknown as SchemaOwner;
  }

  private async readOwnSchema(own: OwnedObjects, schemaName?: string): Promise<DatabaseSchema> {
    const target = this.getTargetSchema(schemaName);
    const namespaces = target.getNamespaces();
    const { connection, platform, config } = this;
    const { skipTables, skipViews } = this.options;
    const schema = await DatabaseSchema.create(
      connection,
      platform,
      config,
      schemaName,
      namespaces,
      undefined,
      skipTables,
      skipViews,
    );
    const enums = Object.entries(schema.getNativeEnums()).filter(([, type]) => own.types.has(renderName(type)));
    schema.setTables(schema.getTables().filter(table => own.tables.has(renderName(table))));
    schema.setNativeEnums(Object.fromEntries(enums));
    schema.setViews(schema.getViews().filter(view => own.views.has(renderName(view))));
    await this.addOwnRoutines(schema, own, namespaces);
    return schema;
  }

  private async addOwnRoutines(schema: DatabaseSchema, own: OwnedObjects, namespaces: string[]): Promise<void> {
    if (own.routines.size === 0) {
      return;
    }
    const live = new DatabaseSchema(this.platform, schema.name);
    await live.loadRoutines(this.connection, this.platform, namespaces);
    for (const routine of live.getRoutines().filter(found => own.routines.has(renderName(found)))) {
      schema.addRoutine(routine);
    }
  }

  private withEntities(own: OwnedObjects, schemaName?: string): OwnedObjects {
    const target = this.getTargetSchema(schemaName);
    return {
      tables: own.tables.union(new Set(target.getTables().map(renderName))),
      types: own.types.union(new Set(Object.values(target.getNativeEnums()).map(renderName))),
      views: own.views.union(new Set(target.getViews().map(renderName))),
      routines: own.routines.union(new Set(target.getRoutines().map(renderName))),
    };
  }
}

const DROP = { title: 'dropping the schema', hurts: 'Every row of every table of ours would be lost.' };
const CLEAR = { title: 'clearing the tables', hurts: 'Every row of every table of ours would be lost.' };
const CHANGE = {
  title: 'changing the schema without a migration',
  hurts: 'No review, no rollback, plain locks; what no entity describes is dropped with its values.',
  remedy: ['npm run migrate:create, and npm run migrate once it is reviewed.'],
};

function quoteRendered(name: string): string {
  const [schema, table] = name.split('.');
  return table === undefined ? quoteName({ name }) : quoteName({ ...(schema ? { schema } : {}), name: table });
}
