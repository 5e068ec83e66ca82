import type { PoolClient } from 'pg';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { MigrationError } from '../errors.ts';
import { readFactsAside } from '../forecast/read-tables.ts';
import { describeLosses } from '../generator/describe.ts';
import type { Step } from '../plan/plan.ts';
import type { Waiting } from '../planner/waiting-contracts.ts';
import type { Project } from '../project/project.ts';
import { readStaged } from '../project/staging.ts';
import { assertContractsReverted, type Gate, OPEN_GATE, passGate } from '../runner/contracts/gate.ts';
import { Journal } from '../runner/journal.ts';
import { recordSql } from '../runner/migration-storage.ts';
import { type JudgedRun, judgeRuns } from '../runner/plan-runs.ts';
import { readBegunNames } from '../runner/recorded-names.ts';
import { assertRecords } from '../runner/records/assert-records.ts';
import { readPromises } from '../runner/rows/promise.ts';
import { findName, selectMigrations } from '../runner/selection.ts';
import { unsafeMigration } from '../runner/unsafe-migration.ts';
import { assertStaged } from '../staging/assert-staged.ts';
import { type Change, changesOf } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { renderScript } from './render-script.ts';
import type { Script, ScriptMigration, ScriptPlace, ScriptStep } from './script.ts';

export interface ScriptOptions {
  readonly method: 'up' | 'down';
  /** Names or numbers as typed; without them what `up` or `down` would take. */
  readonly names: readonly string[];
  /** Says whether contracts are written, as for `up`. */
  readonly env: NodeJS.ProcessEnv;
}

export interface WrittenScript {
  /** Empty where there is nothing to do. */
  readonly text: string;
  readonly migrations: readonly string[];
  /** What was left out, since it waits for a deploy. */
  readonly waiting: readonly Waiting[];
  readonly asked: Gate['asked'];
}

/**
 * Writes what `up` or `down` would do on this database as a script for psql. A rollback may be written before its migration has run:
 * it is judged on what that leaves. Reads only.
 * @throws MigrationError for a statement that is not online, records that do not fit, or a migration that stopped half-way.
 */
export async function writeScript(project: Project, options: ScriptOptions): Promise<WrittenScript> {
  const { method } = options;
  const chosen = await choose(project, options);
  const { names, waiting, asked } = chosen;
  if (names.length === 0) {
    return { text: '', migrations: [], waiting, asked };
  }
  const pool = await project.driver.getConnection().getNativeClient();
  const client = await pool.connect();
  try {
    const runs = await judge(project, { method, names, client });
    const script = await assemble({ project, client, runs, chosen, method });
    return { text: renderScript(script), migrations: names, waiting, asked };
  } finally {
    client.release();
  }
}

interface Chosen {
  readonly names: readonly string[];
  readonly executed: readonly string[];
  readonly waiting: readonly Waiting[];
  readonly asked: Gate['asked'];
}

async function choose(project: Project, { method, names, env }: ScriptOptions): Promise<Chosen> {
  const { files, storage, driver, records } = project;
  const [all, executed] = [await files.names(), await storage.executed()];
  const begun = await readBegunNames(driver, storage);
  const selected = method === 'up' ? selectUp(names, { all, executed }) : selectDown(names, { all, executed });
  const gate = method === 'up' ? await project.gate(env, begun) : OPEN_GATE;
  const { run, waiting } = passGate(selected, gate);
  if (method === 'down') {
    await assertContractsReverted(run, { files, all, executed });
  }
  assertNoneStopped(run.filter(name => begun.has(name)));
  const findings = await records.find();
  const outOfOrder = findings.outOfOrder.filter(
    ({ name }) => method === 'up' && run.includes(name) && !gate.late.has(name),
  );
  assertRecords({ findings: { ...findings, outOfOrder }, left: 'No script was written.', env });
  if (method === 'up') {
    assertStaged(await readStaged(project, run, env));
  }
  return { names: run, executed, waiting, asked: gate.asked };
}

interface Known {
  readonly all: readonly string[];
  readonly executed: readonly string[];
}

function selectUp(typed: readonly string[], known: Known): string[] {
  const ran = typed.map(name => findName(known.all, name)).find(name => known.executed.includes(name));
  if (ran !== undefined) {
    throw new MigrationError({
      title: `${ran} is executed already`,
      happens: 'The database records it: a script that runs it is written, and judged, on one that has yet to run it.',
      remedy: ['DATABASE_URL of that database, or the way back:', `  npm run migrate:sql -- --down ${ran}`],
      left: 'No script was written.',
    });
  }
  return selectMigrations('up', known, typed.length > 0 ? typed : undefined);
}

/** The last one first; one that is pending as well, which is written ahead. */
function selectDown(typed: readonly string[], known: Known): string[] {
  const named = new Set(typed.map(name => findName(known.all, name)));
  const pending = known.all.filter(name => named.has(name) && !known.executed.includes(name));
  return [...pending.reverse(), ...selectMigrations('down', known, typed.length > 0 ? typed : undefined)];
}

function assertNoneStopped(names: readonly string[]): void {
  const [first] = names;
  if (first !== undefined) {
    throw new MigrationError(
      {
        title: `${first} has stopped half-way`,
        happens: 'Some of its steps have run on this database.',
        hurts: 'A script begins with the first step.',
        remedy: ['npm run migrate goes on with it; npm run migrate:down reverts it.'],
        left: 'No script was written.',
      },
      { exitCode: 2 },
    );
  }
}

interface Judging {
  readonly method: 'up' | 'down';
  readonly names: readonly string[];
  readonly client: PoolClient;
}

/** @throws MigrationError (exit code 2) for a statement that is not online. */
async function judge(project: Project, { method, names, client }: Judging): Promise<ReadonlyMap<string, JudgedRun>> {
  const { files, driver, config, storage } = project;
  const context = { driver, config, method };
  const executed = new Set(await storage.executed());
  const ahead = method === 'down' && names.some(name => !executed.has(name));
  const read = async (tables: readonly string[]): Promise<DatabaseFacts> =>
    ahead ? await readAfterPending(project, { names, executed, client }) : await readFactsAside(client, tables);
  const runs = await judgeRuns(read, await files.load(names), context);
  for (const [name, { refusals, statements }] of runs) {
    if (refusals.length > 0) {
      throw unsafeMigration(name, refusals, statements);
    }
  }
  return runs;
}

/** The database as it is once all pending migrations have run up to the last of these. */
async function readAfterPending(
  { files, driver, config }: Project,
  { names, executed, client }: { names: readonly string[]; executed: ReadonlySet<string>; client: PoolClient },
): Promise<DatabaseFacts> {
  const all = await files.names();
  const last = Math.max(...names.map(name => all.indexOf(name)));
  const pending = all.filter((name, index) => index <= last && !executed.has(name));
  const read = (tables: readonly string[]): Promise<DatabaseFacts> => readFactsAside(client, tables);
  const runs = await judgeRuns(read, await files.load(pending), { driver, config, method: 'up' });
  return [...runs.values()].at(-1)?.after ?? readFactsAside(client, []);
}

interface Assembly {
  readonly project: Project;
  readonly client: PoolClient;
  readonly runs: ReadonlyMap<string, JudgedRun>;
  readonly chosen: Chosen;
  readonly method: 'up' | 'down';
}

const ELAPSED_MS = `(extract(epoch from clock_timestamp() - current_setting('sunschool.started')::timestamptz) * 1000)::int`;

async function assemble({ project, client, runs, chosen, method }: Assembly): Promise<Script> {
  const { files, settings, storage } = project;
  const fingerprints = method === 'up' ? await files.fingerprints(chosen.names) : new Map();
  const migrations: ScriptMigration[] = [];
  const changes: Change[] = [];
  for (const [name, { steps, before }] of runs) {
    const record = { name, method, fingerprint: fingerprints.get(name) };
    const own = await Promise.all(steps.map(readStep));
    changes.push(...own.flatMap(step => (step.step.rule === 'swap' ? [] : step.changes)));
    migrations.push({
      name,
      steps: own.map(({ step }) => step),
      promises: await readPromises(steps, before),
      recordSql: recordSql(storage.table(), record, ELAPSED_MS),
    });
  }
  return {
    method,
    migrations,
    after: method === 'up' ? chosen.executed : [],
    without: method === 'down' ? await findContracts(project, chosen.names) : [],
    withoutRows: method === 'up' ? await findUnwaited(project, chosen.names, migrations) : [],
    losses: describeLosses(changes),
    place: await readPlace(client, storage.table()),
    settings: settings(),
  };
}

async function readStep(step: Step): Promise<{ readonly step: ScriptStep; readonly changes: readonly Change[] }> {
  const changes = step.backfill ? [] : (await readStatements(step.sql)).flatMap(statement => statement.changes);
  const build = changesOf(changes, 'create index').find(({ concurrently }) => concurrently);
  return { step: build ? { ...step, builds: { index: build.index, table: build.table } } : step, changes };
}

/** Contracts of these: an expand is never reverted before them. One may run between the writing of a rollback and its use. */
async function findContracts({ files }: Project, names: readonly string[]): Promise<string[]> {
  const others = (await files.names()).filter(name => !names.includes(name));
  const contracts = await files.contracts(others);
  return contracts.filter(({ contracts: of }) => of !== undefined && names.includes(of)).map(({ name }) => name);
}

/**
 * Where a contract is written behind its own expand, nothing waited since no release runs: the tables of them all, which must have
 * no rows.
 */
async function findUnwaited(
  { files }: Project,
  names: readonly string[],
  migrations: readonly ScriptMigration[],
): Promise<string[]> {
  const contracts = (await files.contracts(names)).filter(({ contracts: of }) => of !== undefined);
  const isTogether = contracts.some(({ contracts: of }) =>
    of === 'release' ? names.length > 1 : names.includes(of ?? ''),
  );
  const tables = migrations.flatMap(({ steps }) => steps.flatMap(({ locks }) => locks.map(({ table }) => table)));
  return isTogether ? [...new Set(tables)] : [];
}

async function readPlace(client: PoolClient, executed: ScriptPlace['executed']): Promise<ScriptPlace> {
  const { rows } = await client.query(
    `select current_schemas(false)::text[] as "searchPath", current_setting('server_version_num')::int / 10000 as version,
            current_setting('TimeZone') as "timeZone", current_setting('DateStyle') as "dateStyle",
            to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as date`,
  );
  return { executed, journal: new Journal(executed), ...rows[0] };
}
