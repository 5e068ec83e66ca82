import type { Project } from '../project/project.ts';
import { type ShadowServer, withShadowServer } from '../proof/shadow.ts';
import { InterruptedError } from '../runner/interrupt.ts';
import { findName } from '../runner/selection.ts';
import { assertShadowServer } from './assert-shadow.ts';
import { checkEntities } from './check-entities.ts';
import { checkNumbering, checkRecords } from './check-files.ts';
import { checkSql } from './check-sql.ts';
import { readMigrationTexts, withLine } from './migration-text.ts';
import { type ProofPlan, type ProvedInOrder, proveInOrder } from './prove-in-order.ts';
import { readAhead } from './read-ahead.ts';
import { exitCodeFor, type Finding, type VerifyReport } from './report.ts';
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
 * @throws ServerError where there is no server for it, RefusedError where that is production, MigrationError for an unknown name.
 */
export async function verifyMigrations(project: Project, options: VerifyOptions): Promise<VerifyReport> {
  const startedAt = performance.now();
  await assertShadowServer(project, process.env);
  const aboutFiles = [...(await checkNumbering(project)), ...(await checkRecords(project))];
  const files = await readMigrationTexts(project);
  const cwd = project.config.get('baseDir');
  const proving = withShadowServer({ env: process.env, cwd }, async server => {
    const proved = await proveOn(server, project, { ...options, files });
    const postgres = Math.floor(server.version / 10_000);
    const sql = await checkSql(proved.sql, { cwd, postgres });
    const entities = await checkEntities(project, proved.reached);
    const own = [...proved.findings, ...sql.findings].sort((one, other) =>
      compareNames(one.migration, other.migration),
    );
    const findings = [...aboutFiles, ...own.map(finding => withLine(finding, files)), ...entities];
    const migrations = sql.isDone ? withSquawk(proved.migrations, sql.findings) : proved.migrations;
    return { exitCode: exitCodeFor(findings), postgres, migrations, notReached: proved.notReached, findings };
  });
  const report = await proving.catch(error => {
    throw error instanceof InterruptedError
      ? new InterruptedError(error.signal, 'Nothing was changed; the shadow database is gone.')
      : error;
  });
  return { ...report, durationMs: Math.round(performance.now() - startedAt) };
}

async function proveOn(
  server: ShadowServer,
  project: Project,
  { files, ...options }: VerifyOptions & Pick<ProofPlan, 'files'>,
): Promise<ProvedInOrder> {
  const { all, rows, oneWay } = options;
  const names = await project.files.names();
  const chosen = new Set(all ? names : await project.pending());
  const plan: ProofPlan = {
    ...options,
    names,
    chosen,
    oneWay: oneWay.map(typed => findName(names, typed)),
    ahead: rows === 0 || chosen.size === 0 ? new Map() : await readAhead(server, project, { names, chosen }),
    files,
  };
  return await server.withDatabase(database =>
    withShadowProject(project, database, shadow => proveInOrder(shadow, plan)),
  );
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
