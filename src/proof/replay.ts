/** The history, run on an empty database: what our migrations make, whatever the live database has become. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Queryable } from '../catalog/queryable.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { MigrationError, postgresError } from '../errors.ts';
import type { ListedStatement } from '../migration.ts';
import { readStatements } from '../statement/read.ts';
import { type RecordOptions, readBuilt } from './recorded.ts';
import { readPreludeRoutines, withoutConcurrency } from './replayable.ts';

/** A migration file and what its `up` lists. */
export interface ReplayedMigration {
  readonly name: string;
  readonly statements: readonly Pick<ListedStatement, 'sql' | 'backfill'>[];
}

/**
 * Reads something from a database that the migrations have made, in their order. From the cache where nothing has changed.
 * @param read asks queries without parameters; it may be called twice.
 * @throws MigrationError that names the file and the statement that PostgreSQL refuses.
 */
export async function replayHistory<T>(
  migrations: readonly ReplayedMigration[],
  options: RecordOptions,
  read: (database: Queryable) => Promise<T>,
): Promise<T> {
  const key = migrations.flatMap(({ statements }) => statements.map(({ sql, backfill }) => (backfill ? '' : sql)));
  return await readBuilt({ key: ['history', ...key], build: client => replay(client, migrations) }, options, read);
}

/** The catalog that these migrations make: of the executed ones, to see drift. */
export function readHistoryCatalog(migrations: readonly ReplayedMigration[], options: RecordOptions): Promise<Catalog> {
  return replayHistory(migrations, options, database => readCatalog(database));
}

/** Runs the migrations as fast as an empty database allows: many statements a round trip, nothing concurrently, no rows. */
export async function replay(client: Queryable, migrations: readonly ReplayedMigration[]): Promise<void> {
  for (const batch of toBatches(await readSteps(migrations))) {
    try {
      await client.query(joined(batch));
    } catch (error) {
      // a batch is one transaction: it has left nothing
      await runOneByOne(client, batch, error);
    }
  }
}

/**
 * What entities cannot describe and need all the same, from the history: schemas, extensions, domains and other types,
 * functions, operators, collations; each as a statement.
 * @param described the routines that the entities describe themselves; `schema.name`.
 */
export async function readPrelude(
  migrations: readonly ReplayedMigration[],
  described: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const hasPrelude = migrations.some(({ statements }) => statements.some(({ sql }) => MAY_BE_PRELUDE.test(sql)));
  if (!hasPrelude) {
    // most histories have none, and need not be parsed
    return [];
  }
  const steps = await readSteps(migrations);
  return steps.filter(({ prelude }) => prelude?.isDisjointFrom(described)).map(({ sql }) => sql);
}

const MAY_BE_PRELUDE =
  /\b(?:create|alter)\s+(?:or\s+replace\s+)?(?:trusted\s+|default\s+)?(?:extension|schema|domain|type(?!\s+\S+\s+as\s+enum)|function|procedure|aggregate|operator|collation|cast|transform|conversion|text\s+search|procedural|language|server|foreign)\b/i;

interface ReplayStep {
  readonly migration: string;
  /** Position among the migration's statements, from 1. */
  readonly position: number;
  readonly sql: string;
  /** A value that an enum type gets can be used only once it is committed. */
  readonly endsBatch: boolean;
  /** Of what belongs to the prelude: the routines that it makes. */
  readonly prelude: ReadonlySet<string> | undefined;
}

async function readSteps(migrations: readonly ReplayedMigration[]): Promise<ReplayStep[]> {
  const steps: ReplayStep[] = [];
  for (const { name: migration, statements } of migrations) {
    for (const [index, { sql: text, backfill }] of statements.entries()) {
      for (const statement of backfill ? [] : await parse(migration, index + 1, text)) {
        const sql = withoutConcurrency(statement);
        if (sql !== undefined) {
          const endsBatch = statement.changes.some(({ kind }) => kind === 'add enum value');
          steps.push({ migration, position: index + 1, sql, endsBatch, prelude: readPreludeRoutines(statement) });
        }
      }
    }
  }
  return steps;
}

async function parse(migration: string, position: number, sql: string): ReturnType<typeof readStatements> {
  try {
    return await readStatements(sql);
  } catch (error) {
    throw replayFailed({ migration, position, sql }, error);
  }
}

const BATCH = 500;

function toBatches(steps: readonly ReplayStep[]): ReplayStep[][] {
  const batches: ReplayStep[][] = [[]];
  for (const step of steps) {
    batches.at(-1)?.push(step);
    if (step.endsBatch || batches.at(-1)?.length === BATCH) {
      batches.push([]);
    }
  }
  return batches.filter(batch => batch.length > 0);
}

/** A comment at a statement's end must not hide the semicolon. */
function joined(steps: readonly Pick<ReplayStep, 'sql'>[]): string {
  return steps.map(({ sql }) => sql).join('\n;\n');
}

/** Finds the statement that made the batch fail. */
async function runOneByOne(client: Queryable, batch: readonly ReplayStep[], failure: unknown): Promise<void> {
  if (!postgresError(failure)) {
    throw failure;
  }
  for (const step of batch) {
    try {
      await client.query(step.sql);
    } catch (error) {
      throw replayFailed(step, error);
    }
  }
}

function replayFailed(
  { migration, position, sql }: Pick<ReplayStep, 'migration' | 'position' | 'sql'>,
  cause: unknown,
): MigrationError {
  const server = postgresError(cause);
  return new MigrationError(
    {
      title: `The history cannot be replayed: ${migration}, statement ${position}`,
      subject: sql,
      happens: server
        ? 'PostgreSQL refuses it on a database that only the migrations before it have made.'
        : `It cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      hurts:
        'What the migrations make cannot be told, so nothing can be compared with it; a new database could not be made.',
      remedy: [
        'Let a migration make what it needs: an extension, a role, a table that somebody made by hand.',
        'Where the server of shadow databases lacks it: SHADOW_DATABASE_URL names another one.',
      ],
      left: 'Nothing was changed in your database.',
    },
    { cause },
  );
}
