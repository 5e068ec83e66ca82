/** Takes a change of entities through everything that is promised of it, on a real database with rows. */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defineConfig, type EntitySchema, MikroORM, type PostgreSqlDriver } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import type { Client } from 'pg';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { normalizeCatalog } from '../../src/catalog/compare-catalogs.ts';
import { readFacts } from '../../src/catalog/read-facts.ts';
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
  /** The first version of PostgreSQL that can do it. */
  readonly since?: 18;
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
  await withStart(
    testCase,
    async end => {
      const { url, migrations } = end;
      const start = { catalog: await catalogOf(url), rows: await readRows(url, testCase.lost) };
      await withMigrator(end, async (migrator, orm) => {
        await createChange(migrator, testCase);
        await expectSteps(migrations, steps);
        for (const migration of await loadMigrations(migrations)) {
          for (const method of ['up', 'down'] as const) {
            const statements = await listOf(migration, method, orm);
            onFile?.({ name: `${testCase.name}/${migration.name}/${method}`, statements, major: major ?? 18 });
          }
        }
        await runAll(migrator);
        const reached = await catalogOf(url);
        const sides = [start.catalog, reached] as const;
        expect(sameColumns(await readRows(url), sides), 'the values after up').to.deep.equal(
          sameColumns(start.rows, sides),
        );
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

/** A database that is as the case begins, with its rows. @param work gets the place with the entities as they are to be. */
export async function withStart(
  testCase: Pick<AcceptanceCase, 'name' | 'before' | 'after' | 'rows'>,
  work: (end: Place) => Promise<void>,
  { major }: Pick<ProofOptions, 'major'> = {},
): Promise<void> {
  using folder = temporaryFolder();
  const migrations = await makeProject(folder.path, testCase);
  await withDatabase(
    async ({ url }) => {
      await withMigrator({ url, migrations, entities: testCase.before }, async migrator => {
        await migrator.create(undefined, false, false, 'before');
        await migrator.up();
      });
      await withClient(url, client => client.query(testCase.rows));
      await work({ url, migrations, entities: testCase.after });
    },
    { major },
  );
}

/** The files of the change, under its decisions. */
export function createChange(
  migrator: OnlineMigrator,
  { decisions }: Pick<AcceptanceCase, 'decisions'>,
): Promise<void> {
  return withDecisions(decisions, () => migrator.create(undefined, false, false, 'change'));
}

export interface Begun {
  readonly client: Client;
  readonly migrator: OnlineMigrator;
  readonly url: string;
  readonly migrations: string;
}

/** A database with the rows of a case, whose change has its files and has not run. */
export async function withChange(testCase: AcceptanceCase, work: (begun: Begun) => Promise<void>): Promise<void> {
  await withStart(testCase, end =>
    withClient(end.url, client =>
      withMigrator(end, async migrator => {
        await withDecisions(testCase.decisions, () => migrator.create());
        await work({ client, migrator, ...end });
      }),
    ),
  );
}

/** What waited for a release, once that is out. @returns the numbers of what ran. */
export async function deploy(migrator: OnlineMigrator): Promise<string[]> {
  process.env.MIGRATE_CONTRACT = '1';
  const ran = await migrator.up().finally(() => delete process.env.MIGRATE_CONTRACT);
  return ran.map(({ name }) => name.slice(0, 4));
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

export interface Place {
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
export async function runAll(migrator: OnlineMigrator): Promise<void> {
  await migrator.up();
  while ((await migrator.getWaiting()).length > 0) {
    await deploy(migrator);
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

/** Goes down to the first migration and up once more, step by step. */
export async function traceLocks(url: string, migrations: string, orm: MikroORM): Promise<Surprise[]> {
  const [, ...change] = await loadMigrations(migrations);
  const context = { driver: orm.em.getDriver() as PostgreSqlDriver, config: orm.config };
  const surprises: Surprise[] = [];
  await withClient(url, async client => {
    for (const method of ['down', 'up'] as const) {
      const chosen = method === 'down' ? change.toReversed() : change;
      const plans = await planRuns(tables => readFacts(client, { tables }), chosen, { ...context, method });
      for (const steps of plans.values()) {
        surprises.push(...(await traceSteps(client, steps)));
      }
    }
  });
  return surprises;
}

/** What a database is that was made from the entities at once. */
export async function freshBuild(entities: readonly EntitySchema[], major?: OlderPostgres): Promise<Catalog> {
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
export async function readRows(url: string, lost: readonly string[] = []): Promise<Record<string, string[]>> {
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

/** Of rows, the values of columns that have the same name and type on both sides; an enum's values may be called otherwise now. */
function sameColumns(
  rows: Record<string, string[]>,
  sides: readonly [Catalog, Catalog],
): Record<string, Record<string, unknown>[]> {
  const [before, after] = sides.map(({ tables }) => tables);
  const enums = sides.flatMap(catalog => Object.keys(catalog.enums)).map(key => key.slice(key.indexOf('.') + 1));
  const isSame = (table: string, column: string): boolean => {
    const [old, own] = [before, after].map(tables => tables?.[`public.${table}`]?.columns[column]?.type);
    return old !== undefined && old === own && !enums.includes(old.replaceAll(/["[\]]/g, ''));
  };
  const tables = Object.keys(rows).filter(table => sides.every(side => `public.${table}` in side.tables));
  return Object.fromEntries(
    tables.map(table => [
      table,
      (rows[table] ?? [])
        .map(row => Object.entries(JSON.parse(row) as object).filter(([column]) => isSame(table, column)))
        .map(entries => Object.fromEntries(entries))
        .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
    ]),
  );
}

async function readTable(client: Client, table: string, lost: readonly string[]): Promise<string[]> {
  const gone = lost.filter(name => name.startsWith(`${table}.`)).map(name => name.slice(table.length + 1));
  const { rows } = await client.query(
    `select (to_jsonb("whole row") - $1::text[])::text as row from ${quoteIdentifier(table)} "whole row" order by 1`,
    [gone],
  );
  return rows.map(({ row }) => row);
}
