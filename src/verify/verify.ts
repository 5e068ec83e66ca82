import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Project } from '../project/project.ts';
import { replay } from '../proof/replay.ts';
import { type ShadowServer, withShadowServer } from '../proof/shadow.ts';
import { checkEntities } from './check-entities.ts';
import { type Header, readHeader, readLosses } from './header.ts';
import { proveMigration } from './prove-migration.ts';
import {
  CHECKS,
  type Check,
  exitCodeFor,
  type Finding,
  type MigrationProof,
  type Outcome,
  type VerifyReport,
} from './report.ts';
import { TableFiller } from './rows/fill-tables.ts';
import type { LaterState } from './rows/look-ahead.ts';
import { readRowTables } from './rows/read-tables.ts';
import { type ShadowProject, withShadowProject } from './shadow-project.ts';

export interface VerifyOptions {
  /** The executed ones too. */
  readonly all: boolean;
  /** Made for each table. */
  readonly rows: number;
  /** Kills each migration after every step too. */
  readonly crash: boolean;
  /** Names of migrations of which a person has decided that there is no way back. */
  readonly oneWay: readonly string[];
  /** Called when a migration begins. */
  onBegin?(name: string): void;
}

/**
 * Proves migrations on a shadow database: nothing is changed anywhere else.
 * @throws ServerError where there is no server for it, InterruptedError.
 */
export async function verifyMigrations(project: Project, options: VerifyOptions): Promise<VerifyReport> {
  const startedAt = performance.now();
  const cwd = project.config.get('baseDir');
  const report = await withShadowServer({ env: process.env, cwd }, server => proveAll(project, server, options));
  return { ...report, durationMs: Math.round(performance.now() - startedAt) };
}

async function proveAll(
  project: Project,
  server: ShadowServer,
  options: VerifyOptions,
): Promise<Omit<VerifyReport, 'durationMs'>> {
  const names = await project.files.names();
  const pending = options.all ? names : await project.pending();
  const findings: Finding[] = [];
  const headers = await readHeaders(project);
  const ahead = options.rows === 0 ? [] : await lookAhead(project, server, names);
  const { migrations, notReached, reached } = await server.withDatabase(database =>
    withShadowProject(project, database, shadow =>
      proveInOrder(shadow, { names, pending, ahead, headers, options, findings }),
    ),
  );
  findings.push(...(await checkEntities(project, notReached.length === 0 ? reached : undefined)));
  return {
    exitCode: exitCodeFor(findings),
    postgres: Math.floor(server.version / 10_000),
    migrations,
    notReached,
    findings,
  };
}

/** What each migration makes on an empty database, as far as they run there: one that does not is found when it is proved. */
async function lookAhead(project: Project, server: ShadowServer, names: readonly string[]): Promise<LaterState[]> {
  return await server.withDatabase(database =>
    withShadowProject(project, database, async ({ client, own, project: { files } }) => {
      const states: LaterState[] = [];
      try {
        for (const name of names) {
          const listed = await files.list([name]);
          await replay(client, listed);
          const catalog = await readRowTables(client, { without: own });
          states.push({ catalog, statements: listed.flatMap(({ statements }) => statements) });
        }
      } catch {
        // what it is comes out below, with its name
      }
      return states;
    }),
  );
}

type Headers = ReadonlyMap<string, { readonly file: string; readonly header: Header | undefined }>;

async function readHeaders({ discover, config }: Project): Promise<Headers> {
  const found = await discover();
  const read = found.flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]));
  const cwd = config.get('baseDir');
  const headers = await Promise.all(
    read.map(async ({ name, path }) => {
      return [name, { file: relative(cwd, path), header: readHeader(await readFile(path, 'utf8')) }] as const;
    }),
  );
  return new Map(headers);
}

interface InOrder {
  readonly names: readonly string[];
  readonly pending: readonly string[];
  /** Behind each of them, as far as is known. */
  readonly ahead: readonly LaterState[];
  readonly headers: Headers;
  readonly options: VerifyOptions;
  readonly findings: Finding[];
}

async function proveInOrder(
  shadow: ShadowProject,
  { names, pending, ahead, headers, options, findings }: InOrder,
): Promise<
  Pick<VerifyReport, 'migrations' | 'notReached'> & { reached: Awaited<ReturnType<ShadowProject['readCatalog']>> }
> {
  const { rows, oneWay, onBegin } = options;
  const filler = new TableFiller({ rows, without: shadow.own });
  const migrations: MigrationProof[] = [];
  const proven = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (!pending.includes(name)) {
      await replay(shadow.client, await shadow.project.files.list([name]));
      continue;
    }
    onBegin?.(name);
    const startedAt = performance.now();
    const filled = await filler.fill(shadow.client, ahead.slice(index));
    findings.push(...filled.notes.map(note => describeNote(name, note)));
    const { file, header } = headers.get(name) ?? {};
    const isOneWay = oneWay.includes(name);
    const proof = await proveMigration(shadow, { name, losses: readLosses(header), isOneWay });
    findings.push(...proof.findings);
    proven.add(name);
    migrations.push({
      name,
      ...(file === undefined ? {} : { file }),
      outcomes: fillOutcomes(proof.outcomes),
      rows: filled.rows,
      steps: proof.steps,
      durationMs: Math.round(performance.now() - startedAt),
    });
    if (!proof.canGoOn) {
      break;
    }
  }
  const notReached = pending.filter(name => !proven.has(name));
  return { migrations, notReached, reached: await shadow.readCatalog() };
}

function fillOutcomes(outcomes: Partial<Record<Check, Outcome>>): Record<Check, Outcome> {
  return Object.fromEntries(CHECKS.map(check => [check, outcomes[check] ?? 'left out'])) as Record<Check, Outcome>;
}

function describeNote(migration: string, happens: string): Finding {
  const remedy = 'Look at its constraints; what they want could not be guessed.';
  return {
    check: 'up',
    migration,
    severity: 'note',
    explanation: { title: 'Proved without some rows', happens, remedy },
  };
}
