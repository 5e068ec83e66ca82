import type { Journal } from './journal.ts';
import type { Reporter } from './report.ts';
import type { Session, SessionSource } from './session.ts';
import type { RunnerSettings } from './settings.ts';
import type { Watcher } from './watcher.ts';

/** What the parts of a run share while this process alone migrates the database. */
export interface Run {
  /** Holds the run lock, and runs every statement but the batches of backfills. */
  readonly session: Session;
  readonly watcher: Watcher;
  /** Of the run lock. */
  readonly lockName: string;
  /** For sessions of workers. */
  readonly source: SessionSource;
  readonly journal: Journal;
  readonly settings: RunnerSettings;
  readonly reporter: Reporter;
  /** Aborted when the run is to end; its reason is what to throw. */
  readonly signal: AbortSignal;
}
