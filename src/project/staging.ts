/** The report of staging beside a run: written by one, wanted by another. */
import type { Pool } from 'pg';
import { readSize } from '../catalog/read-sizes.ts';
import { ExplainedError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';
import type { Fingerprint } from '../runner/records/fingerprint.ts';
import { readMarker } from '../server/protection.ts';
import { assertStaged, STAGING_REPORT, type StagedCheck } from '../staging/assert-staged.ts';
import {
  REPORT_KIND,
  type ReportedMigration,
  type ReportedTable,
  readEarlierReport,
  readReport,
  type StagingReport,
  writeReport,
} from '../staging/report.ts';
import type { ExpectedMigration } from '../staging/run-recorder.ts';
import type { Project } from './project.ts';

/** The file that a run writes its report to: what `--report` sets. */
export const REPORT = 'MIGRATE_REPORT';

/**
 * What the report of staging says about what is to run.
 * @throws SettingsError for a report that cannot be read.
 */
export async function readStaged(
  project: Project,
  names: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<StagedCheck> {
  const file = env[STAGING_REPORT]?.trim();
  const report = file ? await readReport(file) : undefined;
  const requiredBy = await findRequirement(project);
  const wanted = requiredBy !== undefined || report !== undefined ? names : [];
  const fingerprints = await project.files.fingerprints(wanted);
  return { migrations: wanted.map(name => ({ name, ...fingerprintOf(fingerprints, name) })), report, requiredBy };
}

/** Only of a database that is marked as production: what calls itself so in the environment may be staging. */
async function findRequirement({ driver, requireStagingReport }: Project): Promise<StagedCheck['requiredBy']> {
  const marker = await readMarker(driver.getConnection());
  if (marker?.set?.stagingFirst) {
    return 'mark';
  }
  return marker !== undefined && requireStagingReport ? 'configuration' : undefined;
}

/** @throws RefusedError (exit code 2) for what has not run on staging as the same file, where that is wanted. */
export async function assertOnStaging(project: Project, names: readonly string[]): Promise<void> {
  assertStaged(await readStaged(project, names, process.env));
}

/**
 * Runs `work`, and writes what its steps took to the file that MIGRATE_REPORT names, also when it fails; with what the file has of
 * earlier runs, and what this database records of runs without a report.
 * @throws SettingsError before anything runs for a file that cannot be written, or is something else.
 */
export async function withRunReport<T>(
  project: Project,
  plans: ReadonlyMap<string, readonly Step[]>,
  work: () => Promise<T>,
): Promise<T> {
  const file = process.env[REPORT]?.trim();
  if (!file) {
    return work();
  }
  const earlier = (await readEarlierReport(file))?.migrations ?? [];
  const pool = await project.driver.getConnection().getNativeClient();
  const write = async (own: readonly ReportedMigration[]): Promise<void> => {
    const migrations = merge({ own, earlier, recorded: await readRecorded(project) });
    await writeReport(file, { ...(await readHead(pool)), migrations });
  };
  await write([]);
  project.recorder.begin(await readExpected(project, pool, plans), earlier);
  try {
    const result = await work();
    await write(project.recorder.end());
    return result;
  } catch (error) {
    const title = error instanceof ExplainedError ? error.explanation.title : (error as Error).message;
    await write(project.recorder.end({ title })).catch(() => undefined);
    throw error;
  }
}

/** What has run here as which file, whoever ran it. */
async function readRecorded({ storage }: Project): Promise<ReportedMigration[]> {
  return (await storage.records()).flatMap(({ name, file_hash: fileHash, checksum, duration_ms: durationMs }) =>
    checksum
      ? [
          {
            name,
            fileHash: fileHash ?? null,
            checksum,
            result: 'executed',
            ...(durationMs ? { durationMs } : {}),
            tables: {},
            steps: [],
          },
        ]
      : [],
  );
}

interface Sources {
  readonly own: readonly ReportedMigration[];
  readonly earlier: readonly ReportedMigration[];
  readonly recorded: readonly ReportedMigration[];
}

/** What is known best of each: of an executed one that was reverted since, or has run again as another file, the report knows no more. */
function merge({ own, earlier, recorded }: Sources): ReportedMigration[] {
  const names = new Set([...recorded, ...own].map(({ name }) => name));
  const known = recorded.map(record => {
    const isSame = ({ name, fileHash, checksum, result }: ReportedMigration): boolean =>
      result === 'executed' &&
      [name, fileHash, checksum].join() === [record.name, record.fileHash, record.checksum].join();
    return own.find(isSame) ?? earlier.find(isSame) ?? record;
  });
  const unfinished = [...own, ...earlier.filter(({ name }) => !names.has(name))];
  return [...known, ...unfinished.filter(({ result }) => result !== 'executed')];
}

async function readHead(pool: Pool): Promise<Omit<StagingReport, 'migrations'>> {
  const { rows } = await pool.query(
    `select current_database() as database, split_part(current_setting('server_version'), ' ', 1) as server`,
  );
  return { kind: REPORT_KIND, format: 1, ...rows[0], writtenAt: new Date().toISOString() };
}

async function readExpected(
  { files }: Project,
  pool: Pool,
  plans: ReadonlyMap<string, readonly Step[]>,
): Promise<ExpectedMigration[]> {
  const fingerprints = await files.fingerprints([...plans.keys()]);
  const sizes = await readSizes(pool, new Set([...plans.values()].flat().flatMap(tablesOf)));
  return [...plans].map(([name, steps]) => {
    const own = new Set(steps.flatMap(tablesOf));
    const tables = Object.fromEntries([...sizes].filter(([table]) => own.has(table)));
    return { name, ...fingerprintOf(fingerprints, name), tables };
  });
}

function tablesOf({ locks }: Step): string[] {
  return locks.map(({ table }) => table);
}

function fingerprintOf(fingerprints: ReadonlyMap<string, Fingerprint>, name: string): Fingerprint {
  return fingerprints.get(name) ?? { fileHash: null, checksum: '' };
}

/** One that is locked by somebody is left out: a report is no reason to wait. */
async function readSizes(pool: Pool, tables: ReadonlySet<string>): Promise<Map<string, ReportedTable>> {
  const sizes = new Map<string, ReportedTable>();
  const client = await pool.connect();
  try {
    for (const table of tables) {
      await client.query(`begin read only; set local lock_timeout = '40ms'`);
      const size = await readSize(client, table).catch(() => undefined);
      await client.query('rollback');
      if (size) {
        sizes.set(table, { bytes: size.bytes, rows: size.rows });
      }
    }
  } finally {
    client.release();
  }
  return sizes;
}
