/** Takes a change of entities through everything that is promised of it, on a real database with rows. */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defineConfig, type EntitySchema, MikroORM, type PostgreSqlDriver } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import type { Client } from 'pg';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { normalizeCatalog } from '../../src/catalog/compare-catalogs.ts';
import { settleWording } from '../../src/catalog/settle-wording.ts';
import { connectionOptions, OnlineMigrator, OnlineSchemaGenerator } from '../../src/index.ts';
import type { DecisionFlags } from '../../src/planner/decisions.ts';
import { planRuns } from '../../src/runner/plan-runs.ts';
import { quoteIdentifier } from '../../src/statement/change.ts';
import { catalogOf } from '../support/catalogs.ts';
import { withClient, withDatabase } from '../support/database.ts';
import { listOf, loadMigrations } from '../support/listed.ts';
import { type Surprise, traceSteps } from '../support/lock-trace.ts';
import type { OlderPostgres } from '../support/server.ts';
import type { SqlFile } from '../support/squawk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export interface AcceptanceCase {
  readonly name: string;
  readonly before: readonly EntitySchema[];
  readonly after: readonly EntitySchema[];
  /** Filled in before the change. */
  readonly rows: string;
  readonly decisions?: DecisionFlags;
  /** Parts of the SQL that the files must have, in this order. */
  readonly steps: readonly string[];
  /** The same before PostgreSQL 18, where it differs. */
  readonly stepsBefore18?: readonly string[];
  /** `table.column` whose values the header says are lost by going there and back. */
  readonly lost?: readonly string[];
  /** What both releases write at any time: a new row of `notes` whose id ends with this number, and what they like to it. */
  readonly writes?: (id: number) => string;
  /** What PostgreSQL cannot take back: it is there after down. */
  readonly stays?: 'enums';
  /** What the database keeps although the entities do not describe it, so that it differs from a fresh build. */
  readonly leaves?: boolean;
}

export interface ProofOptions {
  readonly major?: OlderPostgres;
  readonly onFile?: (file: SqlFile) => void;
  /** Whether the locks of each step are looked at: down and up once more. */
  readonly traces?: boolean;
}

/** Plans, runs up, compares with a fresh build, plans again, runs down, compares, and goes up once more. */
export async function prove(
  testCase: AcceptanceCase,
  { major, onFile, traces = true }: ProofOptions = {},
): Promise<void> {
  const steps = (major === undefined ? undefined : testCase.stepsBefore18) ?? testCase.steps;
  using folder = temporaryFolder();
  const migrations = await makeProject(folder.path, testCase);
  await withDatabase(
    async ({ url }) => {
      const at = { url, migrations };
      await withMigrator({ ...at, entities: testCase.before }, async migrator => {
        await migrator.create(undefined, false, false, 'before');
        await migrator.up();
      });
      await withClient(url, client => client.query(testCase.rows));
      const start = { catalog: await catalogOf(url), rows: await readRows(url, testCase.lost) };

      await withMigrator({ ...at, entities: testCase.after }, async (migrator, orm) => {
        await withDecisions(testCase.decisions, () => migrator.create(undefined, false, false, 'change'));
        await expectSteps(migrations, steps);
        for (const migration of await loadMigrations(migrations)) {
          for (const method of ['up', 'down'] as const) {
            const statements = await listOf(migration, method, orm);
            onFile?.({ name: `${testCase.name}/${migration.name}/${method}`, statements, major: major ?? 18 });
          }
        }
        await runAll(migrator);
        const reached = await catalogOf(url);
        if (!testCase.leaves) {
          const fresh = await freshBuild(testCase.after, major);
          expect(describable(reached), 'a fresh build of the entities').to.deep.equal(describable(fresh));
          expect((await migrator.create()).fileName, 'a second plan').to.equal('');
          expect(await migrator.checkSchema(), 'a difference that the check finds').to.equal(false);
        }
        await migrator.down({ to: '0000' });
        const reverted = await catalogOf(url);
        const enums = testCase.stays ? { ...start.catalog.enums, ...common(reached.enums, start.catalog.enums) } : {};
        const wanted = testCase.stays ? { ...start.catalog, enums } : start.catalog;
        expect(settleWording(reverted), 'the catalog after down').to.deep.equal(settleWording(wanted));
        expect(await readRows(url, testCase.lost), 'the rows after down').to.deep.equal(start.rows);
        await runAll(migrator);
        const again = await catalogOf(url);
        expect(settleWording(again), 'the catalog after the second up').to.deep.equal(settleWording(reached));
        const surprises = traces ? await traceLocks(url, migrations, orm) : [];
        expect(surprises, 'claims of steps').to.deep.equal([]);
      });
    },
    { major },
  );
}

/**
 * The same way there and back, with the session of the migrator ended in the server whenever it has run that many transactions
 * that change the catalog, and each time gone on with by a migrator of its own.
 */
export async function proveRecovery(
  testCase: AcceptanceCase,
  { transactions }: { transactions: number },
): Promise<void> {
  using folder = temporaryFolder();
  const migrations = await makeProject(folder.path, testCase);
  await withDatabase(async ({ url }) => {
    const at = { url, migrations };
    await withMigrator({ ...at, entities: testCase.before }, async migrator => {
      await migrator.create(undefined, false, false, 'before');
      await migrator.up();
    });
    await withClient(url, client => client.query(testCase.rows));
    const start = { catalog: await catalogOf(url), rows: await readRows(url, testCase.lost) };
    await withMigrator({ ...at, entities: testCase.after }, migrator =>
      withDecisions(testCase.decisions, () => migrator.create(undefined, false, false, 'change')),
    );
    const end = { ...at, entities: testCase.after };
    await untilDone(end, transactions, async migrator => {
      await runAll(migrator);
      return (await migrator.getPending()).length === 0;
    });
    const fresh = await freshBuild(testCase.after);
    expect(normalizeCatalog(await catalogOf(url)), 'a fresh build').to.deep.equal(normalizeCatalog(fresh));
    await untilDone(end, transactions, async migrator => {
      await migrator.down({ to: '0000' });
      return (await migrator.getExecuted()).length === 1;
    });
    expect(await catalogOf(url), 'the catalog after down').to.deep.equal(start.catalog);
    expect(await readRows(url, testCase.lost), 'the rows after down').to.deep.equal(start.rows);
  });
}

/**
 * Turned round half-way: up is ended after each of its transactions in turn and reverted, and down is ended and gone up again, each
 * ended on its way too. Nothing of the way that was left may stay.
 */
export async function proveTurns(testCase: AcceptanceCase, { major }: { major?: OlderPostgres } = {}): Promise<void> {
  using folder = temporaryFolder();
  const migrations = await makeProject(folder.path, testCase);
  await withDatabase(
    async ({ url }) => {
      const at = { url, migrations };
      await withMigrator({ ...at, entities: testCase.before }, async migrator => {
        await migrator.create(undefined, false, false, 'before');
        await migrator.up();
      });
      await withClient(url, client => client.query(testCase.rows));
      const start = await catalogOf(url);
      const end = { ...at, entities: testCase.after };
      await withMigrator(end, migrator =>
        withDecisions(testCase.decisions, () => migrator.create(undefined, false, false, 'change')),
      );
      const down: Work = migrator => migrator.down({ to: '0000' });
      for (let transactions = 1; await isKilled(end, transactions, runAll); transactions++) {
        await turn(end, down, runAll);
        const back = await catalogOf(url);
        const kept = testCase.stays ? { enums: back.enums } : {};
        expect(back, `up, ended after ${transactions}, and down`).to.deep.equal({ ...start, ...kept });
      }
      const reached = await catalogOf(url);
      for (let transactions = 1; await isKilled(end, transactions, down); transactions++) {
        await turn(end, runAll, down);
        expect(await catalogOf(url), `down, ended after ${transactions}, and up`).to.deep.equal(reached);
      }
    },
    { major },
  );
}

type Work = (migrator: OnlineMigrator) => Promise<unknown>;

/** Back, ended after one transaction, then after two, and so on. What lets columns change places is to end first on its way. */
async function turn(place: Place, back: Work, onward: Work): Promise<void> {
  try {
    for (let transactions = 1; await isKilled(place, transactions, back); transactions++);
  } catch (error) {
    if (!/cannot turn round/.test((error as Error).message)) {
      throw error;
    }
    await withMigrator(place, onward);
    await withMigrator(place, back);
  }
}

/** @returns whether `work` had more transactions than that. */
async function isKilled(place: Place, transactions: number, work: Work): Promise<boolean> {
  await withClient(place.url, client => client.query(killAfter(transactions)));
  try {
    await withMigrator(place, work);
    return false;
  } catch (error) {
    if (!isTermination(error as Error)) {
      throw error;
    }
    return true;
  } finally {
    await withClient(place.url, client => client.query(REVIVE));
  }
}

function isTermination(error: Error): boolean {
  return /terminat|closed|ended/i.test(`${error.message} ${error.cause}`);
}

const REVIVE = 'drop event trigger crash; drop function crash()';
const MOST_ATTEMPTS = 200;

async function untilDone(
  place: Place,
  transactions: number,
  work: (migrator: OnlineMigrator) => Promise<boolean>,
): Promise<void> {
  await withClient(place.url, client => client.query(killAfter(transactions)));
  let attempt = 0;
  for (let isDone = false; !isDone; ) {
    attempt++;
    isDone = await withMigrator(place, work).catch((error: Error) => {
      if (attempt === MOST_ATTEMPTS || !isTermination(error)) {
        throw error;
      }
      return false;
    });
  }
  expect(attempt, 'attempts, all but the last killed').to.be.greaterThan(1);
  await withClient(place.url, client => client.query(REVIVE));
}

/** Ends the session of a step that begins one transaction too many. */
function killAfter(transactions: number): string {
  return `create function crash() returns event_trigger language plpgsql as $$
    declare run int := coalesce(nullif(current_setting('crash.run', true), '')::int, 0) + 1;
    begin
      if current_setting('application_name') ~ '^sunschool-db (up|down) '
        and current_setting('crash.at', true) is distinct from now()::text then
        if run > ${transactions} then perform pg_terminate_backend(pg_backend_pid()); end if;
        perform set_config('crash.run', run::text, false), set_config('crash.at', now()::text, false);
      end if;
    end $$;
    create event trigger crash on ddl_command_start execute function crash()`;
}

/**
 * A project of its own, so that no setting of ours counts. Its `node_modules` keeps what the shadow databases answered, for the
 * same case on another version: these are on the newest server always.
 */
export async function makeProject(path: string, { name }: Pick<AcceptanceCase, 'name'>): Promise<string> {
  const migrations = join(path, 'migrations');
  const modules = join(tmpdir(), 'answers', name.replaceAll(' ', '-'));
  await mkdir(migrations);
  await mkdir(modules, { recursive: true });
  await symlink(modules, join(path, 'node_modules'));
  await writeFile(join(path, 'package.json'), '{ "type": "module" }');
  return migrations;
}

interface Place {
  readonly url: string;
  readonly migrations: string;
  readonly entities: readonly EntitySchema[];
}

export async function withMigrator<T>(
  { url, migrations, entities }: Place,
  work: (migrator: OnlineMigrator, orm: MikroORM) => Promise<T>,
): Promise<T> {
  const options = defineConfig({
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
    extensions: [OnlineSchemaGenerator, OnlineMigrator],
    baseDir: dirname(migrations),
    migrations: { path: migrations, silent: true },
    ...(await connectionOptions({ env: { ...process.env, DATABASE_URL: url }, cwd: migrations })),
  });
  const orm = await MikroORM.init(options);
  try {
    return await work(orm.migrator as unknown as OnlineMigrator, orm);
  } finally {
    await orm.close(true);
  }
}

/** As deploys do: what waits for a release runs when that is out. */
async function runAll(migrator: OnlineMigrator): Promise<void> {
  await migrator.up();
  while ((await migrator.getWaiting()).length > 0) {
    process.env.MIGRATE_CONTRACT = '1';
    await migrator.up().finally(() => delete process.env.MIGRATE_CONTRACT);
  }
}

export async function withDecisions(flags: DecisionFlags = {}, work: () => Promise<unknown>): Promise<void> {
  const variable = (flag: string): string => `MIGRATE_${flag.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
  for (const [name, values] of Object.entries(flags)) {
    process.env[variable(name)] = values === true ? '1' : values.join('\n');
  }
  try {
    await work();
  } finally {
    for (const name of Object.keys(flags)) {
      delete process.env[variable(name)];
    }
  }
}

async function expectSteps(migrations: string, steps: readonly string[]): Promise<void> {
  const files = (await readdir(migrations)).sort().slice(1);
  const texts = await Promise.all(files.map(file => readFile(join(migrations, file), 'utf8')));
  const up = texts.map(text => text.slice(text.indexOf(' up()'), text.indexOf(' down()'))).join('\n');
  let at = 0;
  for (const step of steps) {
    const found = up.indexOf(step, at);
    expect(found, `${step}\n  behind the ones before it in\n${up}`).to.be.at.least(at);
    at = found + step.length;
  }
}

/** Goes down and up once more, step by step. */
async function traceLocks(url: string, migrations: string, orm: MikroORM): Promise<Surprise[]> {
  const [, ...change] = await loadMigrations(migrations);
  const context = { driver: orm.em.getDriver() as PostgreSqlDriver, config: orm.config };
  const surprises: Surprise[] = [];
  await withClient(url, async client => {
    for (const method of ['down', 'up'] as const) {
      const chosen = method === 'down' ? change.toReversed() : change;
      const plans = await planRuns(client as never, chosen, { ...context, method });
      for (const steps of plans.values()) {
        surprises.push(...(await traceSteps(client, steps)));
      }
    }
  });
  return surprises;
}

/** What a database is that was made from the entities at once. */
async function freshBuild(entities: readonly EntitySchema[], major?: OlderPostgres): Promise<Catalog> {
  return withDatabase(
    async ({ url }) => {
      await withMigrator({ url, migrations: '/nowhere', entities }, (_migrator, orm) => orm.schema.create());
      return catalogOf(url);
    },
    { major },
  );
}

/** Those of the first that the second has too. */
function common<T>(first: Readonly<Record<string, T>>, second: object): Record<string, T> {
  return Object.fromEntries(Object.entries(first).filter(([name]) => name in second));
}

/** Without the settings of columns, which no entity can have; a sequence keeps its name when its column gets another one. */
function describable(catalog: Catalog): Catalog {
  const { tables, ...rest } = normalizeCatalog(catalog);
  const plain = Object.entries(tables).map(([name, { columns, ...table }]) => {
    const own = Object.entries(columns).map(([column, parts]) => [column, { ...parts, settings: '' }]);
    return [name, { ...table, columns: Object.fromEntries(own) }];
  });
  return { ...rest, tables: Object.fromEntries(plain) };
}

/** All rows of all tables as text, the columns of a row by name, without those that are lost. */
async function readRows(url: string, lost: readonly string[] = []): Promise<Record<string, string[]>> {
  return withClient(url, async client => {
    const { rows } = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'mikro_orm%' order by 1`,
    );
    const all: Record<string, string[]> = {};
    for (const { name } of rows) {
      all[name] = await readTable(client, name, lost);
    }
    return all;
  });
}

async function readTable(client: Client, table: string, lost: readonly string[]): Promise<string[]> {
  const gone = lost.filter(name => name.startsWith(`${table}.`)).map(name => name.slice(table.length + 1));
  const { rows } = await client.query(
    `select (to_jsonb(t) - $1::text[])::text as row from ${quoteIdentifier(table)} t order by 1`,
    [gone],
  );
  return rows.map(({ row }) => row);
}
