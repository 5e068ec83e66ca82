import type { DropSchemaOptions, EnsureDatabaseOptions, MikroORM, UpdateSchemaOptions } from '@mikro-orm/core';
import { DatabaseSchema, type SqlEntityManager, SqlSchemaGenerator } from '@mikro-orm/postgresql';
import type { OwnedObjects } from './planner/owned-objects.ts';
import { quoteName, renderName } from './statement/change.ts';

/** What the schema generator has to know of the migrations: `OnlineMigrator` tells it. */
export interface SchemaOwner {
  ownedObjects(): Promise<OwnedObjects>;
  /** Called after the schema was dropped. */
  forgetSchema(): void;
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
      const tableName = this.config.get('migrations').tableName ?? 'mikro_orm_migrations';
      drops.push(
        `drop table if exists ${quoteName(schema === undefined ? { name: tableName } : { schema, name: tableName })}`,
      );
    }
    return drops.map(sql => `${sql};\n`).join('');
  }

  override async drop(options: DropSchemaOptions = {}): Promise<void> {
    await super.drop(options);
    this.owner.forgetSchema();
  }

  /** Drops the database and leaves an empty one of its name: nothing of ours would create it again. */
  override async dropDatabase(name: string = this.config.get('dbName')): Promise<void> {
    await super.dropDatabase(name);
    await this.createDatabase(name);
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

function quoteRendered(name: string): string {
  const [schema, table] = name.split('.');
  return table === undefined ? quoteName({ name }) : quoteName({ ...(schema ? { schema } : {}), name: table });
}
