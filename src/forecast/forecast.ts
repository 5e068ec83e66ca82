/** What pending migrations will do to the real database, as data: what `migrate:plan --json` prints. */
import type { TableSize } from '../catalog/read-sizes.ts';
import type { Explanation } from '../errors.ts';
import type { Step, TableLock } from '../plan/plan.ts';
import type { Violation } from '../runner/rows/find-violations.ts';
import type { OtherSession } from '../runner/watcher.ts';
import type { ReportedStep } from '../staging/report.ts';

export interface Forecast {
  readonly database: string;
  /** `18.4` */
  readonly server: string;
  /** In the order in which they would run; behind them what waits for a deploy. */
  readonly migrations: readonly MigrationForecast[];
  /** Those that exist and that a step locks or reads, by their names. */
  readonly tables: Readonly<Record<string, TableSize>>;
  /** Who holds locks on these tables, or waits for one, the oldest transaction first. */
  readonly sessions: readonly HoldingSession[];
  /** Old transactions of this database, which a concurrent index build waits for; only where there is one. */
  readonly snapshots: readonly OtherSession[];
  /** The run that is at work. */
  readonly run?: OtherSession;
  readonly speed: Speed;
  readonly disk: DiskForecast;
  /** What a person must decide before `migrate` runs. */
  readonly problems: readonly Explanation[];
}

export interface MigrationForecast {
  readonly name: string;
  /** `there`: all that it makes is in the database, and it would only be recorded. `stopped`: half-way, and it goes on. */
  readonly state: 'pending' | 'stopped' | 'there' | 'waiting';
  /** Of one that waits for a deploy: what for, in a sentence. */
  readonly waitsFor?: string;
  readonly steps: readonly StepForecast[];
}

export interface StepForecast extends Pick<Step, 'kind' | 'phase' | 'sql' | 'locks' | 'transactional' | 'hazards'> {
  /** From 1, as the runner counts. */
  readonly step: number;
  readonly rule: string;
  readonly assumedSafe?: string;
  /** It ran before the migration stopped. */
  readonly isDone?: true;
  readonly estimate: Estimate;
  /** What it took on staging, where the report has it. */
  readonly staging?: StagingFigures;
  /** Rows in its way. */
  readonly violations: readonly Violation[];
  /** What could not be looked at, or not to the end. */
  readonly unlooked: readonly string[];
}

export interface StagingFigures extends Pick<ReportedStep, 'durationMs' | 'attempts' | 'waitedMs' | 'rows'> {
  /** How much larger the tables are here, and what it would take here by that; absent for what does not depend on sizes. */
  readonly scale?: number;
  readonly scaledMs?: number;
}

/** What a step takes, without its waits for locks. */
export interface Estimate {
  /** Absent where nothing can be said. */
  readonly durationMs?: number;
  /** How it was reckoned, in words; absent for what only writes to the catalog. */
  readonly from?: string;
  /** Of a backfill: the rows it fills, at most. */
  readonly rows?: number;
  /** On the disk of the data, when it is done or while it runs; write-ahead log not counted. */
  readonly diskBytes: number;
}

export interface HoldingSession extends OtherSession {
  readonly locks: readonly (TableLock & { readonly isGranted: boolean })[];
  /** Steps that cannot have their lock beside it. */
  readonly inTheWayOf: readonly { readonly migration: string; readonly step: number }[];
}

export interface Speed {
  /** How fast this server reads a table. */
  readonly readBytesPerSecond: number;
  /** The table that was read for it; absent where the figure is that of docs/performance.md. */
  readonly measuredOn?: string;
}

export interface DiskForecast {
  /** For all that would run now. */
  readonly neededBytes: number;
  readonly freeBytes?: number;
  /** Where that is known from: `--free-disk`, or the folder of the data. */
  readonly from?: string;
}
