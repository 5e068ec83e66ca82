import type { Reporter, RunEvent } from '../runner/report.ts';
import type { ReportedMigration, ReportedStep } from './report.ts';

/** What is known of a migration before it runs. */
export type ExpectedMigration = Pick<ReportedMigration, 'name' | 'fileHash' | 'checksum' | 'tables'>;

/** Hands on what happens, and keeps what each step of a run took while somebody asks for it. */
export class RunRecorder implements Reporter {
  readonly #reporter: Reporter;
  #migrations: Map<string, ReportedMigration> | undefined;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** @param earlier of an earlier run that stopped half-way: their steps stay. */
  begin(expected: readonly ExpectedMigration[], earlier: readonly ReportedMigration[]): void {
    this.#migrations = new Map(
      expected.map(one => {
        const before = earlier.find(({ name, fileHash }) => name === one.name && fileHash === one.fileHash);
        const steps = before !== undefined && before.result !== 'executed' ? before.steps : [];
        return [one.name, { ...one, result: 'begun', steps }];
      }),
    );
  }

  /** What was kept since `begin`: without those that have not begun, unless one failed before its first step. */
  end(error?: { readonly title: string }): ReportedMigration[] {
    const recorded = [...(this.#migrations?.values() ?? [])];
    this.#migrations = undefined;
    const failed = error && recorded.find(({ result }) => result === 'begun');
    return recorded.flatMap(migration => {
      if (migration === failed) {
        return [{ ...migration, result: 'failed', error: error?.title }];
      }
      return migration.result === 'executed' || migration.steps.length > 0 ? [migration] : [];
    });
  }

  report(event: RunEvent): void {
    this.#keep(event);
    this.#reporter.report(event);
  }

  progress: Reporter['progress'] = (activity, title, work) => this.#reporter.progress(activity, title, work);

  #keep(event: RunEvent): void {
    if (event.event !== 'step' && event.event !== 'executed') {
      return;
    }
    const migration = this.#migrations?.get(event.migration);
    if (migration === undefined) {
      return;
    }
    const kept: ReportedMigration =
      event.event === 'step'
        ? { ...migration, steps: withStep(migration.steps, event) }
        : { ...migration, result: 'executed', durationMs: event.durationMs };
    this.#migrations?.set(event.migration, kept);
  }
}

function withStep(
  steps: readonly ReportedStep[],
  { step, sql, locks, durationMs, attempts, waitedMs = 0, rows }: Extract<RunEvent, { event: 'step' }>,
): ReportedStep[] {
  const own = { step, sql, locks, durationMs, attempts, waitedMs, ...(rows === undefined ? {} : { rows }) };
  return [...steps.filter(one => one.step !== step), own];
}
