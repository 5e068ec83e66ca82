/** What a run took, in a file: written where a change is tried first, read where it comes next. */
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { SettingsError } from '../errors.ts';
import type { TableLock } from '../plan/plan.ts';

export const REPORT_KIND = 'sunschool-db staging report';

export interface StagingReport {
  readonly kind: typeof REPORT_KIND;
  readonly format: 1;
  readonly database: string;
  /** `18.4` */
  readonly server: string;
  /** ISO 8601 */
  readonly writtenAt: string;
  /** In the order in which they ran, those of earlier runs first. */
  readonly migrations: readonly ReportedMigration[];
}

export interface ReportedMigration {
  readonly name: string;
  /** SHA-256 of the file with line ends of one kind; null for a class that is in no file. */
  readonly fileHash: string | null;
  /** SHA-256 of what `up` and `down` list. */
  readonly checksum: string;
  /** `begun`: the run ended before this did. */
  readonly result: 'begun' | 'executed' | 'failed';
  /** Of the run that ended it, with its waits. */
  readonly durationMs?: number;
  /** Title of the message. */
  readonly error?: string;
  /** Those that it locks, as they were before the run. */
  readonly tables: Readonly<Record<string, ReportedTable>>;
  readonly steps: readonly ReportedStep[];
}

export interface ReportedTable {
  readonly bytes: number;
  readonly rows: number;
}

export interface ReportedStep {
  /** From 1. */
  readonly step: number;
  readonly sql: string;
  readonly locks: readonly TableLock[];
  /** Without waits between attempts to get a lock. */
  readonly durationMs: number;
  readonly attempts: number;
  /** For locks, or for whom a concurrent build waited, as far as was seen. */
  readonly waitedMs: number;
  /** Of a backfill. */
  readonly rows?: number;
}

/** @throws SettingsError for a file that is not there, or is no such report. */
export async function readReport(file: string): Promise<StagingReport> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw badReport(file, error.code === 'ENOENT' ? 'There is no such file.' : `It cannot be read: ${error.message}`);
  });
  const report = parse(text);
  if (report?.kind !== REPORT_KIND || report.format !== 1 || !Array.isArray(report.migrations)) {
    throw badReport(file, 'It is no report that migrate -- --report has written.');
  }
  return report as StagingReport;
}

/** The report of earlier runs that a new one adds to. @throws SettingsError for a file that is something else. */
export async function readEarlierReport(file: string): Promise<StagingReport | undefined> {
  return existsSync(file) ? await readReport(file) : undefined;
}

/** In one go: who reads it meanwhile gets the one before. @throws SettingsError where it cannot be written. */
export async function writeReport(file: string, report: StagingReport): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(report, null, 2)}\n`);
    await rename(temporary, file);
  } catch (error) {
    throw badReport(file, `It cannot be written: ${(error as Error).message}`);
  }
}

function parse(text: string): Partial<StagingReport> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function badReport(file: string, happens: string): SettingsError {
  return new SettingsError({
    title: 'Bad file: the report of staging',
    subject: file,
    happens,
    remedy: 'On staging:  npm run migrate -- --report staging.json',
    reference: 'docs/plan.md',
  });
}
