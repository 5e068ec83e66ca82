import type { PoolClient } from 'pg';
import type { Backfill } from '../plan/plan.ts';

/** Where a backfill is, as plain JSON. All blocks of `table` before `block` are done, and so are the tables before it. */
export interface BackfillPosition {
  /** A leaf of a partitioned table, or the table itself, as regclass prints it. */
  readonly table: string;
  /** The file that the blocks are of: a table that was written anew has others, and the position means nothing there. */
  readonly filenode: number;
  readonly block: number;
  readonly rowsDone: number;
}

export interface BackfillPace {
  readonly workers: number;
  /** How long a batch should take: about as long do others wait for its rows. */
  readonly batchMs: number;
  readonly maxRowsPerSecond?: number;
  /** A replica that is further behind makes the backfill pause. */
  readonly maxReplicaLagMs: number;
}

export interface BackfillProgress {
  readonly rowsDone: number;
  /** Estimated from the part of the table that is done. */
  readonly rowsLeft: number;
  /** Why nothing happens just now. */
  readonly pausedFor?: string;
}

export interface BackfillRun {
  readonly backfill: Backfill;
  /** An idle session: it looks at replicas and waiters, and fills small tables by itself. */
  readonly client: PoolClient;
  /** The session of a worker, counted from 0: the same one each time. The caller closes them when the backfill ends. */
  connect(worker: number): Promise<PoolClient>;
  /** What an earlier run has saved. */
  readonly position: BackfillPosition | undefined;
  /** The statement that saves a position: part of each batch's transaction. */
  savePosition(position: BackfillPosition, progress: Pick<BackfillProgress, 'rowsLeft'>): string;
  /** Ends the backfill after the batches that are under way; its reason is thrown. */
  readonly signal: AbortSignal;
  readonly pace: BackfillPace;
  onProgress(progress: BackfillProgress): void;
}
