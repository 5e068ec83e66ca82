/** The locks that steps claim beside those that PostgreSQL takes. */
import type pg from 'pg';
import { LOCK_MODES, type LockMode, type Step } from '../../src/plan/plan.ts';

/** Rules that claim a stronger lock than is taken, and why. */
const CLAIMS_MORE: Readonly<Record<string, string>> = {};

export interface Surprise {
  readonly sql: string;
  readonly table: string;
  readonly claimed: string;
  readonly found: string;
}

/**
 * Runs the steps of a migration one after the other, those that PostgreSQL allows in a transaction each in one of its own.
 * @returns where a claim and the locks, or a claim and the table's file, are not the same. Only of tables that were there before
 * the first step, and without the steps that a person holds for safe: these claim nothing.
 */
export async function traceSteps(client: pg.Client, steps: readonly Step[]): Promise<Surprise[]> {
  const existing = new Set((await readTables(client)).map(({ oid }) => oid));
  const surprises: Surprise[] = [];
  for (const step of steps) {
    if (/\bconcurrently\b/.test(step.sql)) {
      await client.query(step.sql);
      continue;
    }
    const tables = (await readTables(client)).filter(({ oid }) => existing.has(oid));
    await client.query('begin');
    await client.query(step.sql);
    const locks = await readLocks(client);
    const files = new Map((await readTables(client)).map(({ oid, file }) => [oid, file]));
    await client.query('commit');
    if (step.assumedSafe === undefined) {
      surprises.push(...tables.flatMap(table => compare(step, table, { locks, file: files.get(table.oid) })));
    }
  }
  return surprises;
}

interface Table {
  readonly oid: number;
  /** As `renderName` gives it. */
  readonly name: string;
  /** Another one after a rewrite; 0 where there is none. */
  readonly file: number;
  /** A lock on the table that it is a part of is claimed for it too. */
  readonly isPartition: boolean;
}

async function readTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query(`
    select c.oid::int, case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name,
           c.relfilenode::int as file, c.relispartition as "isPartition"
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`);
  return rows;
}

async function readLocks(client: pg.Client): Promise<Map<number, LockMode>> {
  const { rows } = await client.query(
    `select relation::int as oid, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'`,
  );
  const strongest = new Map<number, LockMode>();
  for (const row of rows) {
    const mode = readMode(row.mode);
    strongest.set(row.oid, stronger(mode, strongest.get(row.oid)));
  }
  return strongest;
}

/** `ShareUpdateExclusiveLock` as documented. */
function readMode(mode: string): LockMode {
  const words = mode.replace(/Lock$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return words.toUpperCase() as LockMode;
}

function stronger(mode: LockMode, other: LockMode | undefined): LockMode {
  return other === undefined || strength(mode) > strength(other) ? mode : other;
}

function strength(mode: LockMode | undefined): number {
  return mode === undefined ? -1 : LOCK_MODES.indexOf(mode);
}

function compare(
  { sql, rule, locks: claims, scans }: Step,
  { oid, name, file, isPartition }: Table,
  after: { readonly locks: ReadonlyMap<number, LockMode>; readonly file: number | undefined },
): Surprise[] {
  const surprises: Surprise[] = [];
  const found = after.locks.get(oid);
  const claimed = claims
    .filter(({ table }) => table === name)
    .map(({ mode }) => mode)
    .reduce<LockMode | undefined>((most, mode) => stronger(mode, most), undefined);
  if (claimed === undefined && isPartition) {
    return [];
  }
  const isMore = strength(claimed) > strength(found) && !(rule in CLAIMS_MORE);
  if (isMore || strength(claimed) < strength(found)) {
    surprises.push({ sql, table: name, claimed: claimed ?? 'no lock', found: found ?? 'no lock' });
  }
  // a table that was dropped has none
  if (after.file !== undefined && after.file !== file && !scans) {
    surprises.push({ sql, table: name, claimed: 'no scan', found: 'a rewrite' });
  }
  return surprises;
}
