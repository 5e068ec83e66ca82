/** A migration as data: its steps, what each locks, and why it is as it is. Plain frozen values. */

/** https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES, weakest first. */
export const LOCK_MODES = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;

export type LockMode = (typeof LOCK_MODES)[number];

export interface TableLock {
  /** As `renderName` gives it. Only tables that existed before the migration. */
  readonly table: string;
  readonly mode: LockMode;
}

/** Only adds; fills old rows; removes what no running release needs any more. */
export type Phase = 'expand' | 'backfill' | 'contract';

export interface Backfill {
  /** `lessons` or `school.lessons`. */
  readonly table: string;
  /** Column to SQL expression over the row. */
  readonly set: Readonly<Record<string, string>>;
  /** SQL condition of the rows that are still to be filled; it must not hold any more once they are. */
  readonly where: string;
}

export interface Step {
  readonly kind: 'sql' | 'backfill';
  readonly phase: Phase;
  /** One statement without its semicolon. Of a backfill: the update that its batches make. */
  readonly sql: string;
  /** Only of backfills. */
  readonly backfill?: Backfill;
  /** Why a person holds it for safe although a rule refuses it. */
  readonly assumedSafe?: string;
  /** The table whose columns change places: steps of one swap share one transaction, whatever they lock. */
  readonly swap?: string;
  readonly locks: readonly TableLock[];
  /** May share a transaction with catalog-only steps on the same table. */
  readonly transactional: boolean;
  /** Reads a whole table while it holds its locks: then they must let reads and writes go on. */
  readonly scans: boolean;
  /** What it may do to a live system all the same, in a sentence each. */
  readonly hazards: readonly string[];
  /** Id of the rule that gave it; its page is docs/rules/<id>.md. */
  readonly rule: string;
}

/** True when neither reads nor writes of others can go on under `mode`. */
export function blocksReads(mode: LockMode): boolean {
  return mode === 'ACCESS EXCLUSIVE';
}

/** True when writes of others wait under `mode`. */
export function blocksWrites(mode: LockMode): boolean {
  return LOCK_MODES.indexOf(mode) >= LOCK_MODES.indexOf('SHARE');
}
