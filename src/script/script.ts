/** A script for psql as data: what is rendered. */
import type { Step } from '../plan/plan.ts';
import type { Journal } from '../runner/journal.ts';
import type { RowPromise } from '../runner/rows/promise.ts';
import type { RunnerSettings } from '../runner/settings.ts';
import type { ObjectName } from '../statement/change.ts';

export interface Script {
  readonly method: 'up' | 'down';
  /** In the order in which they run. */
  readonly migrations: readonly ScriptMigration[];
  /** Those that must be executed already where it runs: what it was judged on. */
  readonly after: readonly string[];
  /** Those that must not be executed where it runs: contracts of what is reverted. */
  readonly without: readonly string[];
  /** Tables that must have no rows where it runs: no release can be using them, so that contracts run with their expands. */
  readonly withoutRows: readonly string[];
  /** What is lost for good, in words. */
  readonly losses: string | undefined;
  readonly place: ScriptPlace;
  readonly settings: RunnerSettings;
}

export interface ScriptMigration {
  readonly name: string;
  readonly steps: readonly ScriptStep[];
  /** What its steps expect of the rows. */
  readonly promises: readonly RowPromise[];
  /** The statement that records it, or takes its record away. */
  readonly recordSql: string;
}

export interface ScriptStep extends Step {
  /** Of a concurrent index build. */
  readonly builds?: IndexBuild;
}

export interface IndexBuild {
  readonly index: string;
  readonly table: ObjectName;
}

export interface ScriptPlace {
  /** The table of executed migrations. */
  readonly executed: ObjectName;
  readonly journal: Journal;
  /** The schemas in which unqualified names were looked for, in their order. */
  readonly searchPath: readonly string[];
  /** What values that are read or shown depend on, as it was where it was judged. */
  readonly timeZone: string;
  readonly dateStyle: string;
  /** Major version of the server that it was judged on. */
  readonly version: number;
  /** YYYY-MM-DD in UTC */
  readonly date: string;
}
