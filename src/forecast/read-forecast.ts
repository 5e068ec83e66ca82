import type { MigrateOptions } from '@mikro-orm/core';
import type { PoolClient } from 'pg';
import { planRows, type TableSize } from '../catalog/read-sizes.ts';
import type { Backfill, Step } from '../plan/plan.ts';
import type { Project } from '../project/project.ts';
import { readStaged } from '../project/staging.ts';
import { readHalfWay } from '../runner/half-way.ts';
import { inLook } from '../runner/look.ts';
import { readJournal } from '../runner/recorded-names.ts';
import { findRun } from '../runner/run-lock.ts';
import { runLockName } from '../runner/with-run.ts';
import { findStagingProblem } from '../staging/assert-staged.ts';
import type { StagingReport } from '../staging/report.ts';
import { quoteRendered } from '../statement/change.ts';
import { type Chosen, chooseMigrations } from './choose-migrations.ts';
import { type EstimateContext, estimateStep } from './estimate.ts';
import { findDiskProblem, findRowProblems, findUnsafe } from './find-problems.ts';
import type { DiskForecast, Forecast, MigrationForecast, StepForecast } from './forecast.ts';
import { readFreeDisk } from './free-disk.ts';
import { type Judged, judge, referencesOf, type Sources, touchedTables, withNewNames } from './judge-pending.ts';
import { lookAtRows, type StepRows } from './look-at-rows.ts';
import { measureSpeed } from './measure-speed.ts';
import { readHolders, readOldSnapshots } from './read-sessions.ts';
import { readSizes } from './read-tables.ts';
import { findStagingFigures } from './staging-figures.ts';

/** Longest that the planner may take. */
const PLAN_MS = 5_000;

export interface ForecastOptions {
  /** As MikroORM's `up` takes them. */
  readonly run: MigrateOptions;
  /** What `--free-disk` says. */
  readonly freeDisk: string | undefined;
  /** Says whether contracts may run, as for `up`. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * What the pending migrations will do to this database: as `up` would judge them now, with what they meet there. Writes nothing,
 * takes no lock that anybody waits for, and waits for nobody.
 * @throws ExplainedError where it cannot be found out.
 */
export async function readForecast(project: Project, options: ForecastOptions): Promise<Forecast> {
  const pool = await project.driver.getConnection().getNativeClient();
  const entries = await readJournal(pool, project.storage.table());
  const chosen = await chooseMigrations(project, { ...options, halfWay: readHalfWay(entries) });
  const client = await pool.connect();
  try {
    return await assemble({ project, client, entries, options }, chosen);
  } finally {
    client.release();
  }
}

interface Assembly extends Sources {
  readonly options: ForecastOptions;
}

async function assemble(sources: Assembly, chosen: Chosen): Promise<Forecast> {
  const { project, client, entries, options } = sources;
  const { config, storage } = project;
  const judged = await judge(sources, chosen.names);
  const tables = await readSizes(client, touchedTables(judged));
  const speed = await measureSpeed(client, tables);
  const staged = await readStaged(
    project,
    chosen.names.filter(name => !chosen.waiting.has(name)),
    options.env,
  );
  const staging = findStagingProblem(staged);
  const known = { tables: withNewNames(tables, judged.changes), speed, report: staged.report };
  const rows = await lookAtSteps(sources, judged, known);
  const halfWay = readHalfWay(entries);
  const migrations = [...judged.runs].map(([name, run]): MigrationForecast => {
    const waitsFor = chosen.waiting.get(name);
    const state = waitsFor ? 'waiting' : halfWay.has(name) ? 'stopped' : run.isThere ? 'there' : 'pending';
    const steps = run.steps.map((step, index) => forecastStep(step, index, rows.get(step)));
    return { name, state, ...(waitsFor ? { waitsFor } : {}), steps };
  });
  const running = migrations.filter(({ state }) => state !== 'waiting');
  const steps = running.flatMap(migration => migration.steps);
  const disk: DiskForecast = {
    neededBytes: steps.reduce((sum, { estimate }) => sum + estimate.diskBytes, 0),
    ...(await readFreeDisk(client, { given: options.freeDisk, cwd: config.get('baseDir') })),
  };
  const run = await findRun(client, runLockName(storage.table()));
  return {
    ...(await readServer(client)),
    migrations,
    tables,
    sessions: await readHolders(client, Object.keys(tables), running),
    snapshots: steps.some(({ sql }) => /\bconcurrently\b/i.test(sql)) ? await readOldSnapshots(client) : [],
    ...(run ? { run } : {}),
    speed,
    disk,
    problems: [
      ...chosen.problems,
      ...findUnsafe(judged.runs),
      ...findRowProblems(running),
      ...findDiskProblem(disk),
      ...(staging ? [staging] : []),
    ],
  };
}

type StepLook = StepRows & Pick<StepForecast, 'estimate' | 'staging'>;

type Known = Pick<EstimateContext, 'tables' | 'speed'> & { readonly report: StagingReport | undefined };

/** What each step that has not run takes, and the rows in its way. */
async function lookAtSteps(
  { project, client }: Sources,
  { runs, left, facts, changes }: Judged,
  { report, ...known }: Known,
): Promise<ReadonlyMap<Step, StepLook>> {
  const { rowCheckMs, maxRowsPerSecond } = project.settings();
  const looks = facts ? await lookAtRows(client, { steps: left, facts, limitMs: rowCheckMs }) : [];
  const references = referencesOf(changes, facts);
  const names = new Map([...runs].flatMap(([name, { steps }]) => steps.map(step => [step, name] as const)));
  const byStep = new Map<Step, StepLook>();
  for (const [index, step] of left.entries()) {
    const rows = step.backfill
      ? await countToFill(client, step.backfill, known.tables[step.backfill.table])
      : undefined;
    const context = { ...known, maxRowsPerSecond, references, rows };
    const look = looks[index] ?? { violations: [], unlooked: [] };
    const estimate = estimateStep(step, changes.get(step) ?? [], context);
    const migration = names.get(step) ?? '';
    const staging = findStagingFigures({ migration, step, estimate }, report, known.tables);
    byStep.set(step, { ...look, estimate, ...(staging ? { staging } : {}) });
  }
  return byStep;
}

/** As the planner reckons; undefined without statistics, and where the condition is about what the migrations have yet to make. */
async function countToFill(
  client: PoolClient,
  { table, where }: Backfill,
  size: TableSize | undefined,
): Promise<number | undefined> {
  if (size === undefined || Object.keys(size.widths).length === 0) {
    return undefined;
  }
  return inLook(client, { limitMs: PLAN_MS }, () => planRows(client, `${quoteRendered(table)} where ${where}\n`)).catch(
    () => undefined,
  );
}

/** @param look absent for a step that has run. */
function forecastStep(step: Step, index: number, look: StepLook | undefined): StepForecast {
  const { kind, phase, sql, locks, transactional, hazards, rule, assumedSafe } = step;
  const done = { isDone: true, estimate: { durationMs: 0, diskBytes: 0 }, violations: [], unlooked: [] } as const;
  const known = { step: index + 1, kind, phase, sql, locks, transactional, hazards, rule };
  return { ...known, ...(assumedSafe === undefined ? {} : { assumedSafe }), ...(look ?? done) };
}

async function readServer(client: PoolClient): Promise<Pick<Forecast, 'database' | 'server'>> {
  const { rows } = await client.query(
    `select current_database() as database, split_part(current_setting('server_version'), ' ', 1) as server`,
  );
  return rows[0];
}
