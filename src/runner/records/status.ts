/** Each migration as it is at this moment, from the records, the journal and what the server shows of a run. Pure. */
import { readApplicationName } from '../application-name.ts';
import { readHalfWay, TURNED } from '../half-way.ts';
import type { JournalEntry } from '../journal.ts';
import type { ExecutedMigration } from '../migration-storage.ts';
import type { OtherSession } from '../watcher.ts';
import type { Findings } from './findings.ts';

export type MigrationState = 'executed' | 'pending' | 'waiting' | 'running' | 'stopped' | 'changed' | 'missing';

export interface MigrationStatus {
  readonly name: string;
  readonly state: MigrationState;
  /** ISO 8601; of what is recorded. */
  readonly executedAt?: string;
  readonly durationMs?: number;
  /** Of what runs, or has stopped half-way. */
  readonly method?: 'up' | 'down';
  /** The step that runs, or the one at which it stopped; from 1. */
  readonly step?: number;
  /** How many there are. */
  readonly steps?: number;
  readonly sql?: string;
  /** Of an index build or a backfill: how much of this step is done, 0 to 100. */
  readonly percent?: number;
  readonly rowsDone?: number;
  readonly rowsLeft?: number;
  readonly rowsPerSecond?: number;
  /** What an index build is doing, as PostgreSQL calls it. */
  readonly phase?: string;
  /** Of the session that runs it. */
  readonly pid?: number;
  /** Why the last run stopped; absent where it was killed. */
  readonly error?: string;
  /** Of a contract, or what has to come behind it: what has to happen first, in a sentence. */
  readonly waitsFor?: string;
  /** Of a pending one: the executed one with a higher number. */
  readonly behind?: string;
}

export interface StatusReport {
  readonly migrations: readonly MigrationStatus[];
  /** The session that holds the run lock, as pg_stat_activity names it; it may be between two migrations. */
  readonly run?: { readonly pid: number; readonly application: string };
}

export interface Build {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

export interface ActivityFacts {
  /** All of the journal. */
  readonly entries: readonly JournalEntry[];
  /** Who holds the run lock. */
  readonly holder?: OtherSession;
  readonly build?: Build;
  /** Of the backfill that runs. */
  readonly rowsPerSecond?: number;
}

export interface StatusFacts extends ActivityFacts {
  /** Of the files, in their order. */
  readonly names: readonly string[];
  readonly recorded: readonly ExecutedMigration[];
  readonly findings: Pick<Findings, 'changed' | 'missing' | 'outOfOrder'>;
  /** What each that waits for a release waits for. */
  readonly waiting: ReadonlyMap<string, string>;
}

/** In the order of the files; what has none stands where its name would. */
export function assembleStatus(facts: StatusFacts): StatusReport {
  const { names, recorded, holder } = facts;
  const known = new Set(names);
  const others = [...recorded.map(({ name }) => name), ...facts.findings.missing].filter(name => !known.has(name));
  const all = others.length === 0 ? names : [...new Set([...names, ...others])].sort();
  const run = holder && { pid: holder.pid, application: holder.application ?? '' };
  return { migrations: all.map(name => statusOf(name, facts)), ...(run ? { run } : {}) };
}

function statusOf(name: string, facts: StatusFacts): MigrationStatus {
  const { recorded, findings, entries } = facts;
  const record = recorded.find(migration => migration.name === name);
  const executed = record && {
    executedAt: record.executed_at.toISOString(),
    ...(typeof record.duration_ms === 'number' ? { durationMs: record.duration_ms } : {}),
  };
  const running = readRunning(name, facts, record !== undefined);
  if (running) {
    return { name, state: 'running', ...executed, ...running };
  }
  const own = entries.filter(({ migration }) => migration === name);
  if (findings.missing.includes(name)) {
    return { name, state: 'missing', ...executed };
  }
  if (readHalfWay(own).has(name)) {
    return { name, state: 'stopped', ...executed, ...readStop(own) };
  }
  if (findings.changed.includes(name)) {
    return { name, state: 'changed', ...executed };
  }
  if (executed) {
    return { name, state: 'executed', ...executed };
  }
  const waitsFor = facts.waiting.get(name);
  if (waitsFor !== undefined) {
    return { name, state: 'waiting', waitsFor };
  }
  const behind = findings.outOfOrder.find(pending => pending.name === name)?.behind;
  // its first step failed: nothing was changed, and it begins from the start
  const { error } = readStop(own);
  return { name, state: 'pending', ...(behind ? { behind } : {}), ...(error ? { error } : {}) };
}

type Running = Omit<MigrationStatus, 'name' | 'state'>;

/** The application name may be cut; one that has ended meanwhile is what its record says. */
function readRunning(name: string, facts: StatusFacts, isRecorded: boolean): Running | undefined {
  const { holder, build, entries, names } = facts;
  const activity = readApplicationName(holder?.application ?? '');
  const isThis =
    activity &&
    (activity.migration === name || (isCut(activity.migration, names) && name.startsWith(activity.migration)));
  if (!holder || !isThis || isRecorded === (activity.method === 'up')) {
    return undefined;
  }
  const { method, step, steps } = activity;
  const entry = entries.find(({ migration, position }) => migration === name && position === step - 1);
  const rows = readRows(entry);
  const percent = build ? share(build.done, build.total) : share(rows.rowsDone, sum(rows.rowsDone, rows.rowsLeft));
  const rowsPerSecond = rows.rowsPerSecond ?? (rows.rowsDone === undefined ? undefined : facts.rowsPerSecond);
  return {
    method,
    step,
    steps,
    ...(entry?.sql ? { sql: entry.sql } : {}),
    ...rows,
    ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
    ...(percent === undefined ? {} : { percent }),
    ...(build ? { phase: build.phase } : {}),
    pid: holder.pid,
  };
}

function isCut(migration: string, names: readonly string[]): boolean {
  return !names.includes(migration);
}

/** Where a migration stopped, and why. */
function readStop(entries: readonly JournalEntry[]): Running {
  const [first] = entries;
  if (!first) {
    return {};
  }
  const own = entries.filter(({ position }) => position !== TURNED);
  const at = own.find(({ state }) => state !== 'done');
  const { error } = own.findLast(({ state }) => state === 'failed') ?? {};
  const { steps } = entries.find(entry => typeof entry.steps === 'number') ?? {};
  return {
    method: first.method,
    step: (at?.position ?? own.length) + 1,
    ...(typeof steps === 'number' ? { steps } : {}),
    ...(at ? { sql: at.sql } : {}),
    ...readRows(at),
    ...(error ? { error } : {}),
  };
}

/** What a backfill keeps of how far it is. */
export function readRows(
  entry: JournalEntry | undefined,
): Pick<MigrationStatus, 'rowsDone' | 'rowsLeft' | 'rowsPerSecond'> {
  const progress = (entry?.progress ?? {}) as Record<string, unknown>;
  const kept = (['rowsDone', 'rowsLeft', 'rowsPerSecond'] as const).filter(key => typeof progress[key] === 'number');
  return Object.fromEntries(kept.map(key => [key, progress[key]]));
}

function sum(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? undefined : first + second;
}

function share(done: number | undefined, total: number | undefined): number | undefined {
  return done === undefined || !total ? undefined : Math.min(100, Math.round((done / total) * 1000) / 10);
}

/**
 * 2 where a person must decide: changed, missing, out of order, or stopped for a reason; 3 where something is pending, running, or
 * was killed and goes on with the next run; 0 where all is executed, or waits for a release.
 */
export function exitCodeOfStatus(migrations: readonly MigrationStatus[]): 0 | 2 | 3 {
  const isForPerson = ({ state, behind, error }: MigrationStatus): boolean =>
    state === 'changed' || state === 'missing' || behind !== undefined || (state === 'stopped' && error !== undefined);
  if (migrations.some(isForPerson)) {
    return 2;
  }
  return migrations.every(({ state }) => state === 'executed' || state === 'waiting') ? 0 : 3;
}
