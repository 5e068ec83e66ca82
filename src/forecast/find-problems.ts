/** What a person must decide before a run, besides what the records and staging say. Pure. */
import type { Explanation } from '../errors.ts';
import type { JudgedRun } from '../runner/plan-runs.ts';
import { rowsInTheWay } from '../runner/rows/assert-rows-fit.ts';
import { unsafeMigration } from '../runner/unsafe-migration.ts';
import type { DiskForecast, MigrationForecast } from './forecast.ts';
import { renderBytes } from './render-forecast.ts';

export function findUnsafe(runs: ReadonlyMap<string, JudgedRun>): Explanation[] {
  return [...runs].flatMap(([name, { refusals, statements }]) =>
    refusals.length > 0 ? [unsafeMigration(name, refusals, statements).explanation] : [],
  );
}

export function findRowProblems(migrations: readonly MigrationForecast[]): Explanation[] {
  return migrations.flatMap(({ name, steps }) => {
    const violations = steps.flatMap(step => step.violations);
    const rows = { name, method: 'up', left: 'Nothing was changed.' } as const;
    return violations.length > 0 ? [rowsInTheWay(rows, violations).explanation] : [];
  });
}

export function findDiskProblem({ neededBytes, freeBytes, from }: DiskForecast): Explanation[] {
  return freeBytes === undefined || freeBytes >= neededBytes
    ? []
    : [
        {
          title: 'The disk may not be large enough',
          happens: `Up to ${renderBytes(neededBytes)} are needed, and ${renderBytes(freeBytes)} are free (${from}).`,
          hurts: 'A server whose disk is full stops: nobody can write any more.',
          remedy: [
            'Make room, or run the migrations one by one, with a vacuum in between:  npm run migrate -- --to NAME',
            'If you know of more:  npm run migrate:plan -- --free-disk 20GB',
          ],
          left: 'Nothing was changed.',
        },
      ];
}
