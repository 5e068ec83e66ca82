/** What a step took on staging, beside the sizes here. Pure. */
import type { TableSize } from '../catalog/read-sizes.ts';
import type { Step } from '../plan/plan.ts';
import type { ReportedMigration, StagingReport } from '../staging/report.ts';
import type { Estimate, StagingFigures } from './forecast.ts';

export interface StagedStep {
  readonly migration: string;
  readonly step: Pick<Step, 'sql' | 'locks'>;
  readonly estimate: Estimate;
}

/** @returns undefined where the report does not have the step, in the very same words. */
export function findStagingFigures(
  { migration, step, estimate }: StagedStep,
  report: StagingReport | undefined,
  tables: Readonly<Record<string, TableSize>>,
): StagingFigures | undefined {
  const there = report?.migrations.find(({ name }) => name === migration);
  const found = there?.steps.find(({ sql }) => sql === step.sql);
  if (!there || !found) {
    return undefined;
  }
  const { durationMs, attempts, waitedMs, rows } = found;
  const scale = estimate.from === undefined ? undefined : scaleOf(step, there, tables);
  return {
    durationMs,
    attempts,
    waitedMs,
    ...(rows === undefined ? {} : { rows }),
    ...(scale === undefined ? {} : { scale, scaledMs: Math.round(durationMs * scale) }),
  };
}

/** How many times as large as there the table is here, the one for which that is most. */
function scaleOf(
  { locks }: Pick<Step, 'locks'>,
  there: ReportedMigration,
  here: Readonly<Record<string, TableSize>>,
): number | undefined {
  const scales = locks.flatMap(({ table }) => {
    const [before, now] = [there.tables[table]?.bytes, here[table]?.bytes];
    return before && now ? [now / before] : [];
  });
  return scales.length === 0 ? undefined : Math.max(...scales);
}
