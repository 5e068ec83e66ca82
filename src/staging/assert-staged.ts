/** Staging comes before production: what runs there has run elsewhere before, as the very same files. */
import { type Explanation, RefusedError } from '../errors.ts';
import type { ReportedMigration, StagingReport } from './report.ts';

/** Names the report of staging: what `--staging-report` sets. */
export const STAGING_REPORT = 'MIGRATE_STAGING_REPORT';

export interface StagedCheck {
  /** What is to run. */
  readonly migrations: readonly Pick<ReportedMigration, 'name' | 'fileHash' | 'checksum'>[];
  /** Undefined where none was given. */
  readonly report: StagingReport | undefined;
  /** Where it is said that one has to be there; undefined where it need not. */
  readonly requiredBy: 'mark' | 'configuration' | undefined;
}

/** @throws RefusedError (exit code 2) naming each migration that the report does not have as it is here. */
export function assertStaged(check: StagedCheck): void {
  const problem = findStagingProblem(check);
  if (problem) {
    throw new RefusedError(problem);
  }
}

/** @returns undefined where all have run on staging, or nobody wants to know. */
export function findStagingProblem({ migrations, report, requiredBy }: StagedCheck): Explanation | undefined {
  if (migrations.length === 0 || (report === undefined && requiredBy === undefined)) {
    return undefined;
  }
  const others = migrations.flatMap(migration => {
    const why = report && findDifference(migration, report);
    return why === undefined ? [] : [`${migration.name}  ${why}`];
  });
  if (report !== undefined && others.length === 0) {
    return undefined;
  }
  return {
    title: 'Refused: staging comes first',
    subject: report ? others.join('\n') : migrations.map(({ name }) => name).join('\n'),
    happens: report
      ? `The report of staging (${report.database}, ${report.writtenAt}) does not have these files as they are here.`
      : 'This database is protected, wants a report of staging, and none was given.',
    hurts: 'What never ran anywhere is tried out on what the school works with.',
    remedy: [
      'On staging, with the same files:  npm run migrate -- --report staging.json',
      `Here:  npm run migrate -- --staging-report staging.json  (${STAGING_REPORT})`,
      ...(requiredBy === 'mark' ? ['Without staging from now on:  npm run migrate:protect -- --no-staging-first'] : []),
    ],
    left: 'Nothing was run.',
    reference: 'docs/deploy.md',
  };
}

/** What a class is that stands in no file, its checksum tells. */
function findDifference(
  { name, fileHash, checksum }: StagedCheck['migrations'][number],
  { migrations }: StagingReport,
): string | undefined {
  const found = migrations.find(migration => migration.name === name);
  if (!found) {
    return 'has not run there';
  }
  if (fileHash === null ? found.checksum !== checksum : found.fileHash !== fileHash) {
    return 'was another file there';
  }
  return found.result === 'executed' ? undefined : `${found.result === 'failed' ? 'failed' : 'did not end'} there`;
}
