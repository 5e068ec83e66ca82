import type { MigrateOptions } from '@mikro-orm/core';
import type { PoolClient } from 'pg';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { planRows, type TableSize } from '../catalog/read-sizes.ts';
import type { Explanation } from '../errors.ts';
import type { Backfill, Step } from '../plan/plan.ts';
import type { Project } from '../project/project.ts';
import { readStaged } from '../project/staging.ts';
import { isTurned, readHalfWay } from '../runner/half-way.ts';
import type { JournalEntry } from '../runner/journal.ts';
import { type JudgedRun, judgeRuns } from '../runner/plan-runs.ts';
import { readJournal } from '../runner/recorded-names.ts';
import { rowsInTheWay } from '../runner/rows/assert-rows-fit.ts';
import { findRun } from '../runner/run-lock.ts';
import { readDone } from '../runner/run-migration.ts';
import { unsafeMigration } from '../runner/unsafe-migration.ts';
import { runLockName } from '../runner/with-run.ts';
import { findStagingProblem } from '../staging/assert-staged.ts';
import type { StagingReport } from '../staging/report.ts';
import { type Change, quoteRendered, renderName } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { type Chosen, chooseMigrations } from './choose-migrations.ts';
import { type EstimateContext, estimateStep } from './estimate.ts';
import type { DiskForecast, Forecast, MigrationForecast, StepForecast } from './forecast.ts';
import { readFreeDisk } from './free-disk.ts';
import { inLook } from './look.ts';
import { lookAtRows, type StepRows } from './look-at-rows.ts';
import { measureSpeed } from './measure-speed.ts';
import { readHolders, readOldSnapshots } from './read-sessions.ts';
import { readFactsAside, readSizes } from './read-tables.ts';
import { renderBytes } from './render-forecast.ts';
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

interface Sources {
  readonly project: Project;
  readonly client: PoolClient;
  readonly entries: readonly JournalEntry[];
  readonly options: ForecastOptions;
}

async function assemble(sources: Sources, chosen: Chosen): Promise<Forecast> {
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
  const migrations = [...judged.runs].map(([name, run]): MigrationForecast => {
    const waitsFor = chosen.waiting.get(name);
    const isStopped = entries.some(({ migration }) => migration === name);
    const state = waitsFor ? 'waiting' : isStopped ? 'stopped' : run.isThere ? 'there' : 'pending';
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

interface Judged {
  readonly runs: ReadonlyMap<string, JudgedRun>;
  /** Absent where nothing is pending. */
  readonly facts?: DatabaseFacts;
  readonly changes: ReadonlyMap<Step, readonly Change[]>;
  /** Those that have not run, in their order. */
  readonly left: readonly Step[];
}

async function judge({ project, client, entries }: Sources, names: readonly string[]): Promise<Judged> {
  const { driver, config, files } = project;
  const turned = new Set(names.filter(name => isTurned(entries, name, 'up')));
  const begun = new Set(readHalfWay(entries).keys());
  const read = (tables: readonly string[]): Promise<DatabaseFacts> => readFactsAside(client, tables);
  const context = { driver, config, method: 'up', begun, turned } as const;
  const runs = await judgeRuns(read, await files.load(names), context);
  const left: Step[] = [];
  for (const [name, { steps }] of runs) {
    const own = entries.filter(({ migration }) => migration === name);
    left.push(...steps.slice(readDone({ name, method: 'up', steps, entries: own })));
  }
  const [first] = runs.values();
  const changes = await readChanges([...runs.values()].flatMap(({ steps }) => steps));
  return { runs, ...(first ? { facts: first.before } : {}), left, changes };
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

/** By step: two of them may have one text. */
async function readChanges(steps: readonly Step[]): Promise<ReadonlyMap<Step, readonly Change[]>> {
  const changes = new Map<Step, readonly Change[]>();
  for (const step of steps) {
    const statements = step.backfill ? [] : await readStatements(step.sql);
    changes.set(
      step,
      statements.flatMap(statement => statement.changes),
    );
  }
  return changes;
}

/** Those that are there: locked, filled, or pointed to. */
function touchedTables({ changes, facts }: Judged): string[] {
  const names = [...changes].flatMap(([{ locks, backfill }, own]) => [
    ...locks.map(({ table }) => table),
    ...(backfill ? [backfill.table] : []),
    ...own.flatMap(change => ('table' in change && change.table ? [renderName(change.table)] : [])),
  ]);
  return [...new Set(names)].filter(name => facts?.tables[name] !== undefined && facts.tables[name].kind !== 'view');
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

/** Under the names too that tables get on the way. */
function withNewNames(tables: Forecast['tables'], changes: Judged['changes']): Forecast['tables'] {
  let named = tables;
  for (const change of [...changes.values()].flat()) {
    const size = change.kind === 'rename table' ? named[renderName(change.table)] : undefined;
    if (change.kind === 'rename table' && size) {
      named = { ...named, [renderName({ ...change.table, name: change.to })]: size };
    }
  }
  return named;
}

/** Where the foreign keys lead that are there, or are made, by the name of the table and theirs. */
function referencesOf(
  changes: ReadonlyMap<Step, readonly Change[]>,
  facts: DatabaseFacts | undefined,
): ReadonlyMap<string, string> {
  const references = new Map<string, string>();
  for (const [table, { constraints }] of Object.entries(facts?.tables ?? {})) {
    for (const [name, { references: to }] of Object.entries(constraints)) {
      if (to !== undefined) {
        references.set(`${table}.${name}`, to);
      }
    }
  }
  for (const change of [...changes.values()].flat()) {
    if (change.kind === 'add constraint' && change.definition.references) {
      const to = renderName(change.definition.references.table);
      references.set(`${renderName(change.table)}.${change.constraint}`, to);
    }
  }
  return references;
}

/** @param look absent for a step that has run. */
function forecastStep(step: Step, index: number, look: StepLook | undefined): StepForecast {
  const { kind, phase, sql, locks, transactional, hazards, rule, assumedSafe } = step;
  const done = { isDone: true, estimate: { durationMs: 0, diskBytes: 0 }, violations: [], unlooked: [] } as const;
  const known = { step: index + 1, kind, phase, sql, locks, transactional, hazards, rule };
  return { ...known, ...(assumedSafe === undefined ? {} : { assumedSafe }), ...(look ?? done) };
}

function findUnsafe(runs: ReadonlyMap<string, JudgedRun>): Explanation[] {
  return [...runs].flatMap(([name, { refusals, statements }]) =>
    refusals.length > 0 ? [unsafeMigration(name, refusals, statements).explanation] : [],
  );
}

function findRowProblems(migrations: readonly MigrationForecast[]): Explanation[] {
  return migrations.flatMap(({ name, steps }) => {
    const violations = steps.flatMap(step => step.violations);
    const rows = { name, method: 'up', left: 'Nothing was changed.' } as const;
    return violations.length > 0 ? [rowsInTheWay(rows, violations).explanation] : [];
  });
}

function findDiskProblem({ neededBytes, freeBytes, from }: DiskForecast): Explanation[] {
  return freeBytes === undefined || freeBytes >= neededBytes
    ? []
    : [
        {
          title: 'The disk may not be large enough',
          happens: `Up to ${renderBytes(neededBytes)} are needed, and ${renderBytes(freeBytes)} are free (${from}).`,
          hurts: 'A server whose disk is full stops: nobody can write any more.',
          remedy: [
            'Make room, or run the migrations one by one, with a vacuum in between:  npm run migrate -- --to NAME',
            'If you know of more:  npm run migrate:plan -- --free-disk 20GB',
          ],
          left: 'Nothing was changed.',
        },
      ];
}

async function readServer(client: PoolClient): Promise<Pick<Forecast, 'database' | 'server'>> {
  const { rows } = await client.query(
    `select current_database() as database, split_part(current_setting('server_version'), ' ', 1) as server`,
  );
  return rows[0];
}
