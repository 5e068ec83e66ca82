/** The live database beside what a migration makes: built on a shadow server, or told by its statements where there is none. */
import type { PoolClient } from 'pg';
import type { Difference } from '../catalog/compare-catalogs.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { readFacts } from '../catalog/read-facts.ts';
import { MigrationError, ServerError } from '../errors.ts';
import { ownTables } from '../runner/journal.ts';
import { lookAtCatalog } from '../runner/look.ts';
import type { ListedMigration } from '../runner/migration-files.ts';
import { findUnlike, type MadeQuestion, renderUnlike } from '../runner/records/made.ts';
import { outlineChanges, outlineFacts, withoutMade } from '../runner/records/outline.ts';
import { findUnfilled } from '../runner/records/unfinished.ts';
import type { Change } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { printProgress } from '../terminal/terminal.ts';
import type { Project } from './project.ts';

type UnlikeContext = Pick<Project, 'driver' | 'config' | 'storage' | 'files'>;

type Question = Omit<MadeQuestion<ListedMigration>, 'live' | 'build'>;

/** A line for each thing that is not as the migration would have made it, or not gone; none when all is well. */
export async function findUnlikeHere(
  context: UnlikeContext,
  { name, wanted }: Pick<Question, 'name' | 'wanted'>,
): Promise<string[]> {
  const { driver, files, storage } = context;
  const names = await files.names();
  const executed = new Set(await storage.executed());
  const migrations = await files.list(names.filter(other => other === name || executed.has(other)));
  executed.delete(name);
  const pool = await driver.getConnection().getNativeClient();
  const client = await pool.connect();
  try {
    const question = { name, wanted, migrations, executed };
    const differences = (await findOnShadow(context, question, client)) ?? (await findByStatements(question, client));
    const own = migrations.find(migration => migration.name === name);
    const unfilled = wanted === 'made' ? await findUnfilled(client, own?.statements ?? []) : [];
    return [...renderUnlike(differences), ...unfilled];
  } finally {
    client.release();
  }
}

/** @returns undefined where there is no shadow server, or it cannot build the migrations. */
async function findOnShadow(
  { config, storage }: UnlikeContext,
  question: Question,
  client: PoolClient,
): Promise<Difference[] | undefined> {
  const [{ withShadowServer }, { findCacheDirectory }, { readHistoryCatalog }] = await Promise.all([
    import('../proof/shadow.ts'),
    import('../proof/recorded.ts'),
    import('../proof/replay.ts'),
  ]);
  const live = await lookAtCatalog(client, () => readCatalog(client, { without: ownTables(storage.table()) }));
  const cwd = config.get('baseDir');
  const cacheDirectory = findCacheDirectory(cwd);
  try {
    return await withShadowServer({ env: process.env, cwd }, async server => {
      const options = { server, ...(cacheDirectory ? { cacheDirectory } : {}) };
      const build: MadeQuestion<ListedMigration>['build'] = migrations => readHistoryCatalog(migrations, options);
      return await findUnlike({ ...question, live, build });
    });
  } catch (error) {
    if (error instanceof MigrationError || (error instanceof ServerError && !process.env.SHADOW_DATABASE_URL)) {
      printProgress(`Compared by names only, since it cannot be built on a shadow server: ${error.explanation.title}.`);
      return undefined;
    }
    throw error;
  }
}

async function findByStatements(question: Question, client: PoolClient): Promise<Difference[]> {
  const facts = await lookAtCatalog(client, () => readFacts(client));
  const given = withoutMade(facts, await readChanges(question.migrations));
  return findUnlike({
    ...question,
    live: outlineFacts(facts),
    build: async migrations => outlineChanges(await readChanges(migrations), given),
  });
}

async function readChanges(migrations: readonly ListedMigration[]): Promise<Change[]> {
  const statements = migrations.flatMap(migration => migration.statements);
  const parsed = await Promise.all(statements.map(({ sql }) => readStatements(sql)));
  return parsed.flat().flatMap(({ changes }) => changes);
}
