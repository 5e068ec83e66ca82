import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Project } from '../project/project.ts';
import { replay } from '../proof/replay.ts';
import { type ShadowServer, withShadowServer } from '../proof/shadow.ts';
import { findName } from '../runner/selection.ts';
import { assertShadowServer } from './assert-shadow.ts';
import { checkEntities } from './check-entities.ts';
import { checkNumbering, checkRecords } from './check-files.ts';
import { checkSql } from './check-sql.ts';
import { readHeader } from './header.ts';
import { type ProofPlan, type ProvedInOrder, proveInOrder } from './prove-in-order.ts';
import { exitCodeFor, type Finding, type VerifyReport } from './report.ts';
import type { LaterState } from './rows/look-ahead.ts';
import { readRowTables } from './rows/read-tables.ts';
import { withShadowProject } from './shadow-project.ts';

export interface VerifyOptions {
  /** The executed ones too. */
  readonly all: boolean;
  /** Made for each table. */
  readonly rows: number;
  /** Kills each migration after every step too. */
  readonly crash: boolean;
  /** Migrations of which a person has decided that there is no way back, by name or number. */
  readonly oneWay: readonly string[];
  /** Called when a migration begins. */
  onBegin?(name: string): void;
}

/**
 * Proves migrations on a shadow database: nothing is changed anywhere else.
 * @throws ServerError where there is no server for it, RefusedError where that is production, SettingsError for an unknown name.
 */
export async function verifyMigrations(project: Project, options: VerifyOptions): Promise<VerifyReport> {
  const startedAt = performance.now();
  await assertShadowServer(project, process.env);
  const files = [...(await checkNumbering(project)), ...(await checkRecords(project))];
  const cwd = project.config.get('baseDir');
  const report = await withShadowServer({ env: process.env, cwd }, async server => {
    const proved = await proveOn(server, project, options);
    const postgres = Math.floor(server.version / 10_000);
    const sql = await checkSql(proved.sql, { cwd, postgres });
    const entities = await checkEntities(project, proved.reached);
    const own = [...proved.findings, ...sql.findings].sort((one, other) =>
      compareNames(one.migration, other.migration),
    );
    const findings = [...files, ...own, ...entities];
    const migrations = sql.isDone ? withSquawk(proved.migrations, sql.findings) : proved.migrations;
    return { exitCode: exitCodeFor(findings), postgres, migrations, notReached: proved.notReached, findings };
  });
  return { ...report, durationMs: Math.round(performance.now() - startedAt) };
}

async function proveOn(server: ShadowServer, project: Project, options: VerifyOptions): Promise<ProvedInOrder> {
  const { all, rows, oneWay } = options;
  const names = await project.files.names();
  const chosen = new Set(all ? names : await project.pending());
  const plan: ProofPlan = {
    ...options,
    names,
    chosen,
    oneWay: oneWay.map(typed => findName(names, typed)),
    ahead: rows === 0 || chosen.size === 0 ? new Map() : await lookAhead(server, project, { names, chosen }),
    files: await readFiles(project),
  };
  return await server.withDatabase(database =>
    withShadowProject(project, database, shadow => proveInOrder(shadow, plan)),
  );
}

/** What each migration makes on an empty database, as far as they run there: one that does not is found when it is proved. */
async function lookAhead(
  server: ShadowServer,
  project: Project,
  { names, chosen }: Pick<ProofPlan, 'names' | 'chosen'>,
): Promise<ProofPlan['ahead']> {
  return await server.withDatabase(database =>
    withShadowProject(project, database, async ({ client, own, project: { files } }) => {
      const states = new Map<string, LaterState>();
      try {
        for (const name of names) {
          const listed = await files.list([name]);
          await replay(client, listed);
          // rows are made for those that are proved, and behind the first of them
          if (states.size > 0 || chosen.has(name)) {
            const catalog = await readRowTables(client, { without: own });
            states.set(name, { catalog, statements: listed.flatMap(({ statements }) => statements) });
          }
        }
      } catch {
        // it is found again, and told, when that migration is proved
      }
      return states;
    }),
  );
}

async function readFiles({ discover, config }: Project): Promise<ProofPlan['files']> {
  const found = await discover();
  const read = found.flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]));
  const cwd = config.get('baseDir');
  const files = await Promise.all(
    read.map(async ({ name, path }) => {
      return [name, { file: relative(cwd, path), header: readHeader(await readFile(path, 'utf8')) }] as const;
    }),
  );
  return new Map(files);
}

/** Those of one migration together, in the order of the files; what is about all of them last. */
function compareNames(one = '~', other = '~'): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function withSquawk(migrations: VerifyReport['migrations'], findings: readonly Finding[]): VerifyReport['migrations'] {
  const warned = new Set(findings.map(({ migration }) => migration));
  return migrations.map(proof => ({
    ...proof,
    outcomes: { ...proof.outcomes, squawk: warned.has(proof.name) ? 'failed' : 'proved' },
  }));
}
