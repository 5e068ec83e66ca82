import type { PoolClient } from 'pg';
import type { Catalog } from '../catalog/catalog.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { readFacts } from '../catalog/read-facts.ts';
import { SettingsError } from '../errors.ts';
import { nextNumber, readHistory } from '../generator/history.ts';
import { importPath, migrationsDirectory, writeNewFile } from '../generator/migration-generator.ts';
import { renderRecordedName } from '../generator/migration-name.ts';
import type { Project } from '../project/project.ts';
import { planMends } from '../proof/plan-mends.ts';
import { findCacheDirectory } from '../proof/recorded.ts';
import { readHistoryCatalog } from '../proof/replay.ts';
import { withShadowServer } from '../proof/shadow.ts';
import { ownTables } from '../runner/journal.ts';
import { findUnfilled } from '../runner/records/unfinished.ts';
import type { Adoption } from './adoption.ts';
import { comparePrefixes, type Holding, type Prefix } from './compare-prefixes.ts';
import { findOtherTools } from './other-tools.ts';
import { renderRest } from './render-rest.ts';

export interface AdoptOptions {
  /** Is shown what would be done; nothing is locked meanwhile. */
  confirm(adoption: Adoption): Promise<boolean>;
}

/** Ends the name of the migration for the rest. */
const REST = 'adopted_database';

/**
 * Takes over a database that holds part of the schema: records the migrations whose result is there, and writes one for what of
 * them differs. No row and no object is touched. Done twice, the second time changes nothing.
 * @returns what was done, or undefined where nobody said yes.
 */
export async function adopt(project: Project, { confirm }: AdoptOptions): Promise<Adoption | undefined> {
  const adoption = await readAdoption(project);
  if (adoption.there.length === 0 && adoption.rest?.code === undefined) {
    return adoption;
  }
  if (!(await confirm(adoption))) {
    return undefined;
  }
  // first: a file that is there twice is noticed, a record that is missing is made by the next run
  if (adoption.rest?.code !== undefined) {
    await writeNewFile(migrationsDirectory(project.config), adoption.rest.file, adoption.rest.code);
  }
  await project.executor.locked(async () => {
    const executed = new Set(await project.storage.executed());
    for (const name of adoption.there.filter(own => !executed.has(own))) {
      await project.records.log(name);
    }
  });
  return adoption;
}

/** Changes nothing. @throws MigrationError where the migrations cannot be built on a shadow server. */
export async function readAdoption(project: Project): Promise<Adoption> {
  const { files, storage, driver } = project;
  const [all, recorded] = [await files.names(), await storage.executed()];
  if (all.length === 0) {
    throw noMigrations();
  }
  const written = all.find(name => name.endsWith(`_${REST}`));
  const names = all.filter(name => recorded.includes(name) || name !== written);
  const { start, prefixes } = await readPrefixes(project, { names, recorded });
  const pool = await driver.getConnection().getNativeClient();
  const client = await pool.connect();
  try {
    const live = await readCatalog(client, { without: ownTables(project.storage.table()) });
    const holding = await withoutUnfilled(
      project,
      client,
      comparePrefixes(start, prefixes, { live, touched: await files.touched(names) }),
    );
    const { mends, byHand } = await planMends(holding.differs, await readFactsOf(client, holding.differs));
    const isPending = written !== undefined && !recorded.includes(written);
    const rest = isPending ? { file: written } : mends.length > 0 ? await renderFile(project, mends) : undefined;
    return { ...holding, recorded, byHand, tools: findOtherTools(live), ...(rest ? { rest } : {}) };
  } finally {
    client.release();
  }
}

/** What the recorded migrations make, and then each one behind them. */
async function readPrefixes(
  { files, config }: Project,
  { names, recorded }: { names: readonly string[]; recorded: readonly string[] },
): Promise<{ start: Catalog; prefixes: Prefix[] }> {
  const cwd = config.get('baseDir');
  const cacheDirectory = findCacheDirectory(cwd);
  const listed = await files.list(names);
  const done = new Set(recorded);
  return withShadowServer({ env: process.env, cwd }, async server => {
    const options = { server, ...(cacheDirectory ? { cacheDirectory } : {}) };
    const build = (): Promise<Catalog> =>
      readHistoryCatalog(
        listed.filter(({ name }) => done.has(name)),
        options,
      );
    const start = await build();
    const prefixes: Prefix[] = [];
    for (const name of names.filter(own => !done.has(own))) {
      done.add(name);
      prefixes.push({ name, catalog: await build() });
    }
    return { start, prefixes };
  });
}

/** One whose backfill has rows to fill has not run, whatever else of it is there. */
async function withoutUnfilled({ files }: Project, client: PoolClient, holding: Holding): Promise<Holding> {
  const unfilled: string[] = [];
  for (const { name, statements } of await files.list(holding.there)) {
    if ((await findUnfilled(client, statements)).length > 0) {
      unfilled.push(name);
    }
  }
  return {
    ...holding,
    there: holding.there.filter(name => !unfilled.includes(name)),
    absent: [...holding.absent, ...unfilled].toSorted(),
  };
}

async function readFactsOf(client: PoolClient, differs: Adoption['differs']): ReturnType<typeof readFacts> {
  const tables = differs.map(({ relation }) => relation.replace(/^public\./, ''));
  return readFacts(client, { tables: [...new Set(tables)] });
}

async function renderFile(
  { config }: Project,
  mends: Parameters<typeof renderRest>[0]['mends'],
): Promise<Required<Adoption>['rest']> {
  const directory = migrationsDirectory(config);
  const recordedName = renderRecordedName(nextNumber(await readHistory(directory)), REST);
  const language = config.get('migrations').emit === 'js' ? 'js' : 'ts';
  const date = new Date().toISOString().slice(0, 10);
  const code = renderRest({ recordedName, date, importFrom: importPath(directory), language, mends });
  return { file: `${recordedName}.${language}`, code };
}

function noMigrations(): SettingsError {
  return new SettingsError({
    title: 'There are no migrations to adopt with',
    happens: 'The folder of the migrations is empty.',
    remedy: [
      'Make the first from the entities; where all their tables are there it is recorded, and not run:',
      '  npx mikro-orm migration:create --initial',
      'then  npm run migrate:adopt',
    ],
    left: 'Nothing was changed.',
  });
}
