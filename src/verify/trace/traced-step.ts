import type { LockMode, Step } from '../../plan/plan.ts';

/** A table that was there before the migration, and the strongest lock on it. */
export interface TracedLock {
  /** As `renderName` gives it. */
  readonly table: string;
  readonly isPartition: boolean;
  /** A materialized view, which only a refresh writes. */
  readonly isMaterialized?: boolean;
  /** Absent where none was taken. */
  readonly mode?: LockMode;
  /** What the step's plan says; absent where it says nothing of the table. */
  readonly claimed?: LockMode;
}

/** What PostgreSQL really did for a step, beside what its plan says. */
export interface TracedStep extends Pick<Step, 'kind' | 'sql' | 'rule' | 'assumedSafe'> {
  readonly method: 'up' | 'down';
  /** Among the steps of the migration, from 1. */
  readonly position: number;
  readonly locks: readonly TracedLock[];
  /** Whether the plan says that it reads a table. */
  readonly claimsScan: boolean;
  /** Tables that were written anew. */
  readonly rewritten: readonly string[];
  /** Tables whose rows were read one after the other. */
  readonly scanned: readonly string[];
  /** Of its transaction, on the shadow database: how long the locks were held. */
  readonly durationMs: number;
}
