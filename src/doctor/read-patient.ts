import type { PoolClient } from 'pg';
import type { Catalog } from '../catalog/catalog.ts';
import type { Difference } from '../catalog/compare-catalogs.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { readFacts } from '../catalog/read-facts.ts';
import { MigrationError, ServerError } from '../errors.ts';
import { readForecast } from '../forecast/read-forecast.ts';
import { readDecisionVariables } from '../generator/ask.ts';
import { readOpenChange } from '../generator/create-migrations.ts';
import { findUnlikeHere } from '../project/find-unlike.ts';
import type { Project } from '../project/project.ts';
import { planMends } from '../proof/plan-mends.ts';
import { findCacheDirectory } from '../proof/recorded.ts';
import { readHistoryCatalog } from '../proof/replay.ts';
import { withShadowServer } from '../proof/shadow.ts';
import { ownTables } from '../runner/journal.ts';
import { readLive } from '../runner/live.ts';
import { lookAtCatalog } from '../runner/look.ts';
import type { MigrationStatus } from '../runner/records/status.ts';
import { type OtherSession, SESSION } from '../runner/watcher.ts';
import { quoteIdentifier } from '../statement/change.ts';
import { printProgress } from '../terminal/terminal.ts';
import type { Patient } from './patient.ts';
import { readNotes } from './read-notes.ts';

/**
 * Looks at a database: writes nothing and waits for nobody, also while another process migrates it.
 * @throws ExplainedError where it cannot be looked at.
 */
export async function readPatient(project: Project): Promise<Patient> {
  const pool = await project.driver.getConnection().getNativeClient();
  const client = await pool.connect();
  try {
    // first: of what follows, some would wait for a table that is locked against readers, for as long as that takes
    const live = await lookAtCatalog(client, () =>
      readCatalog(client, { without: ownTables(project.storage.table()) }),
    );
    const gate = await project.gate({});
    const { migrations } = await project.records.status(gate);
    const forecast = await readForecast(project, { run: {}, freeDisk: undefined, env: {} });
    const history = await readHistory(project, migrations);
    const drift = await readDrift(project, { client, migrations, history, forecast });
    const gone = drift.filter(({ after }) => after === undefined);
    const undone = await findUndone(project, { migrations, gone });
    const own = drift.filter(difference => !(gone.includes(difference) && isNamed(undone.text, difference)));
    const relations = Object.keys(history?.tables ?? live.tables);
    return {
      migrations,
      forecast,
      live,
      ...(history ? { history } : {}),
      drift: own,
      ...(await planMends(own, await lookAtCatalog(client, () => readFacts(client)))),
      undone: undone.names,
      blockers: forecast.run ? await lookAtCatalog(client, () => readBlockers(client, forecast.run?.pid ?? 0)) : [],
      ...(await readOpen(project)),
      ...(await lookAtCatalog(client, () => readNotes(client, relations))),
    };
  } finally {
    client.release();
  }
}

interface DriftSources extends Pick<Patient, 'migrations' | 'forecast'> {
  readonly client: PoolClient;
  readonly history: Catalog | undefined;
}

/** What is under way is no drift, nor what is missing until a pending migration makes it: that of an adopted database. */
async function readDrift(
  project: Project,
  { client, migrations, history, forecast }: DriftSources,
): Promise<Patient['drift']> {
  const underWay = migrations.filter(({ state }) => state === 'running' || state === 'stopped').map(one => one.name);
  const pending = await project.files.list(underWay);
  const sources = Promise.resolve({ history, pending, waiting: new Set(underWay) });
  const own = ownTables(project.storage.table());
  const options = { sources, plans: false, own, oldestPostgres: undefined };
  const { drift } = await readLive(work => lookAtCatalog(client, () => work(client)), options);
  const coming = forecast.migrations.flatMap(({ steps }) => steps.map(({ sql }) => sql)).join('\n');
  return drift.filter(difference => difference.after !== undefined || !isNamed(coming, difference));
}

/** What the executed migrations make; undefined where there is no shadow server, or it cannot build them. */
async function readHistory(project: Project, migrations: readonly MigrationStatus[]): Promise<Catalog | undefined> {
  const executed = migrations.filter(({ executedAt, state }) => executedAt !== undefined && state !== 'missing');
  const listed = await project.files.list(executed.map(({ name }) => name));
  const cwd = project.config.get('baseDir');
  const cacheDirectory = findCacheDirectory(cwd);
  return orUnknown('What the migrations make', () =>
    withShadowServer({ env: process.env, cwd }, server =>
      readHistoryCatalog(listed, { server, ...(cacheDirectory ? { cacheDirectory } : {}) }),
    ),
  );
}

async function readOpen(project: Project): Promise<Pick<Patient, 'open'>> {
  const open = await orUnknown('What the entities describe', async () =>
    readOpenChange(await project.schema.change(), readDecisionVariables({})),
  );
  return open ? { open } : {};
}

/** One thing that cannot be told is no reason to be silent on all others. */
async function orUnknown<T>(what: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof MigrationError || (error instanceof ServerError && !process.env.SHADOW_DATABASE_URL)) {
      printProgress(`${what} could not be built, and is not looked at: ${error.explanation.title}.`);
      return undefined;
    }
    throw error;
  }
}

interface Undone {
  readonly names: readonly string[];
  /** All that they say. */
  readonly text: string;
}

/** Executed migrations of which something is gone, and on a closer look everything. */
async function findUndone(
  project: Project,
  { migrations, gone }: { migrations: readonly MigrationStatus[]; gone: Patient['drift'] },
): Promise<Undone> {
  const undone: Undone[] = [];
  for (const { name, state } of gone.length > 0 ? migrations : []) {
    const text = state === 'executed' ? await readText(project, name) : '';
    if (gone.some(difference => isNamed(text, difference)) && (await isUndone(project, name))) {
      undone.push({ names: [name], text });
    }
  }
  return { names: undone.flatMap(({ names }) => names), text: undone.map(({ text }) => text).join('\n') };
}

/** Of what later migrations have made of it, as well. */
async function isUndone(project: Project, name: string): Promise<boolean> {
  const missing = await findUnlikeHere(project, { name, wanted: 'made' });
  return missing.length > 0 && (await findUnlikeHere(project, { name, wanted: 'gone' })).length === 0;
}

async function readText({ files }: Project, name: string): Promise<string> {
  const [migration] = await files.list([name]);
  return (migration?.statements ?? []).map(({ sql }) => sql).join('\n');
}

function isNamed(text: string, { relation, name = relation.split('.').at(-1) ?? '' }: Difference): boolean {
  return text.includes(quoteIdentifier(name));
}

async function readBlockers(client: PoolClient, pid: number): Promise<OtherSession[]> {
  const { rows } = await client.query<OtherSession>(
    `select ${SESSION}
       from pg_stat_activity a where a.pid = any (pg_blocking_pids($1)) order by seconds desc nulls last`,
    [pid],
  );
  return rows;
}
