/** What a proof of migrations found: plain data. */
import type { Explanation } from '../errors.ts';
import type { TracedStep } from './trace/traced-step.ts';

export const CHECKS = ['up', 'down', 'again', 'crash', 'locks', 'header', 'squawk'] as const;

/** What is proved of each migration. */
export type Check = (typeof CHECKS)[number];

/** What is proved of all of them together. */
export type Whole = 'numbering' | 'records' | 'entities' | 'left over';

export interface Finding {
  readonly check: Check | Whole;
  /** Recorded name; absent where it is about all of them. */
  readonly migration?: string;
  /** In the file of the migration, where it is about one of its statements; from 1. */
  readonly line?: number;
  /** `decision`: a person has to say what is meant. `note`: worth a look, and no failure. */
  readonly severity: 'failure' | 'decision' | 'note';
  readonly explanation: Explanation;
}

/** `left out`: it was not asked for, or what it needs is not there. */
export type Outcome = 'proved' | 'failed' | 'left out';

export interface MigrationProof {
  readonly name: string;
  /** From the folder of the project; absent for a class that is in no file. */
  readonly file?: string;
  readonly outcomes: Readonly<Record<Check, Outcome>>;
  /** Of all tables, when it began. */
  readonly rows: number;
  /** What each step of `up`, then of `down`, locked and read. */
  readonly steps: readonly TracedStep[];
  readonly durationMs: number;
}

export interface VerifyReport {
  /** 0 proved, 1 not, 2 a decision is missing. */
  readonly exitCode: 0 | 1 | 2;
  /** Major version of the server it was proved on. */
  readonly postgres: number;
  readonly migrations: readonly MigrationProof[];
  /** Those that could not be reached, since one before them failed. */
  readonly notReached: readonly string[];
  readonly findings: readonly Finding[];
  readonly durationMs: number;
}

/** A failure weighs more than a missing decision: that one may go away with it. */
export function exitCodeFor(findings: readonly Finding[]): VerifyReport['exitCode'] {
  const severities = new Set(findings.map(({ severity }) => severity));
  return severities.has('failure') ? 1 : severities.has('decision') ? 2 : 0;
}
