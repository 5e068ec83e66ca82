/** Both sides of a change as PostgreSQL keeps them: what the migrations make, and what the entities describe. */
import type { Configuration } from '@mikro-orm/core';
import type { AbstractSqlPlatform, DatabaseSchema, SqlSchemaGenerator } from '@mikro-orm/sql';
import type { Catalog } from '../catalog/catalog.ts';
import type { Queryable } from '../catalog/queryable.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { ExplainedError } from '../errors.ts';
import { loadParser } from '../statement/parser.ts';
import { readStatements } from '../statement/read.ts';
import { cutNames } from './cut-names.ts';
import { introspect, qualified } from './introspect.ts';
import { type RecordOptions, readBuilt } from './recorded.ts';
import { type ReplayedMigration, readPrelude, replayHistory } from './replay.ts';

/** `em.getPlatform()`, `config` and `schema` of the ORM. */
export interface OrmParts {
  readonly platform: AbstractSqlPlatform;
  readonly config: Configuration;
  readonly generator: SqlSchemaGenerator;
}

export interface CompareOptions extends RecordOptions {
  /** All that the entities are compared with, in their order: executed or pending. */
  readonly migrations: readonly ReplayedMigration[];
  readonly schemaName?: string;
}

export interface Sides {
  /** What the migrations make, and what the entities describe, as PostgreSQL keeps it. */
  readonly history: Catalog;
  readonly entities: Catalog;
  /** The entities as MikroORM describes them. */
  readonly target: DatabaseSchema;
  /** The history as MikroORM reads it, twice: a comparison changes what it is given. */
  readonly copies: readonly [DatabaseSchema, DatabaseSchema];
  /** The target is a database of which everything counts, what entities do not describe too. */
  readonly isWhole?: boolean;
}

/**
 * Builds both sides on shadow databases and reads them back.
 * @throws MigrationError where the history cannot be replayed, ExplainedError where PostgreSQL refuses the entities.
 */
export async function readSides(orm: OrmParts, options: CompareOptions): Promise<Sides> {
  const target = orm.generator.getTargetSchema(options.schemaName);
  cutNames(target);
  const reads = [readHistory(orm, target, options), readEntities(orm.generator, target, options)] as const;
  // neither may still be at work on the server when the other has failed
  await Promise.allSettled(reads);
  const [sides, entities] = await Promise.all(reads);
  return { ...sides, entities, target };
}

async function readHistory(
  { platform, config }: OrmParts,
  target: DatabaseSchema,
  { migrations, schemaName, ...options }: CompareOptions,
): Promise<Pick<Sides, 'history' | 'copies'>> {
  return await replayHistory(migrations, options, async database => {
    const history = await readCatalog(database);
    const namespaces = target.getNamespaces();
    const read = (): Promise<DatabaseSchema> =>
      introspect(database, {
        platform,
        config,
        namespaces,
        catalog: history,
        ...(schemaName === undefined ? {} : { schemaName }),
      });
    return { history, copies: [await read(), await read()] };
  });
}

async function readEntities(
  generator: SqlSchemaGenerator,
  target: DatabaseSchema,
  { migrations, schemaName, ...options }: CompareOptions,
): Promise<Catalog> {
  const sql = await generator.getCreateSchemaSQL({
    wrap: false,
    ...(schemaName === undefined ? {} : { schema: schemaName }),
  });
  const prelude = await readPrelude(migrations, new Set(target.getRoutines().map(qualified)));
  const build = (client: Queryable): Promise<void> => {
    // the difference is parsed next; a parser that does not load is told then
    loadParser().catch(() => undefined);
    return buildEntities(client, prelude, sql);
  };
  return await readBuilt({ key: ['entities', ...prelude, sql], build }, options, database => readCatalog(database));
}

async function buildEntities(client: Queryable, prelude: readonly string[], sql: string): Promise<void> {
  // functions may name tables that are not there: nobody calls them here
  await client.query('set check_function_bodies = off');
  for (const statement of prelude) {
    // one that needs what only the history has is not needed by an entity, or its absence is told below
    await client.query(statement).catch(() => undefined);
  }
  try {
    await client.query(sql);
  } catch (error) {
    const subject = lineAt(sql, error) ?? (await findRefused(client, sql));
    throw new ExplainedError(
      {
        title: 'The entities cannot be built',
        ...(subject ? { subject } : {}),
        happens: 'PostgreSQL refuses the schema that they describe, on an empty database.',
        remedy:
          'Correct the entity; or, where it uses an extension, a domain or a function, let a migration create that first.',
        left: 'Nothing was changed in your database.',
      },
      { cause: error },
    );
  }
}

/** MikroORM gives each statement a line of its own; where a literal spans several, the line of the error is told. */
function lineAt(sql: string, error: unknown): string | undefined {
  // it counts characters from 1, be they outside of what UTF-16 has in one unit
  const position = Number((error as { readonly position?: string }).position);
  if (!(position > 0)) {
    return undefined;
  }
  const before = [...sql].slice(0, position - 1).join('');
  const [line] = sql.slice(before.lastIndexOf('\n') + 1).split('\n', 1);
  return line?.trim();
}

/** PostgreSQL gives no position in the expression of an added check: one by one, on the database that goes anyway. */
async function findRefused(client: Queryable, sql: string): Promise<string | undefined> {
  const statements = await readStatements(sql).catch(() => []);
  for (const statement of statements) {
    const isRefused = await client.query(statement.sql).then(
      () => false,
      () => true,
    );
    if (isRefused) {
      return statement.sql;
    }
  }
  return undefined;
}
