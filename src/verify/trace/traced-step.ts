import type { LockMode, Step } from '../../plan/plan.ts';

/** The strongest lock that a step took on a table that was there before its migration. */
export interface TracedLock {
  /** As `renderName` gives it. */
  readonly table: string;
  readonly mode: LockMode;
  /** What the step's plan says; absent where it says nothing of the table. */
  readonly claimed?: LockMode;
}

/** What PostgreSQL really did for a step. */
export interface TracedStep {
  readonly method: 'up' | 'down';
  /** Position among the steps of the migration, from 1. */
  readonly position: number;
  readonly sql: string;
  readonly rule: Step['rule'];
  readonly assumedSafe?: string;
  readonly locks: readonly TracedLock[];
  /** Tables that were written anew. */
  readonly rewritten: readonly string[];
  /** Tables whose rows were read from the first to the last. */
  readonly scanned: readonly string[];
  /** From the begin of its transaction to the end, on the shadow database: how long the locks were held. */
  readonly durationMs: number;
}
