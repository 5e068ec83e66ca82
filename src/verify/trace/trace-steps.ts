/** The steps of a migration, run one by one with a look at what PostgreSQL locks, writes anew and reads for each. */
import type pg from 'pg';
import { postgresError } from '../../errors.ts';
import type { LockMode, Step } from '../../plan/plan.ts';
import { StepError } from '../../runner/step-error.ts';
import { withHeldUp } from './hold-up.ts';
import { readLocks, readTables, strongerMode, type TracedTable } from './relations.ts';
import type { TracedLock, TracedStep } from './traced-step.ts';

export interface TraceOptions {
  readonly method: TracedStep['method'];
  /** For a second session on the same database. */
  readonly connection: pg.ClientConfig;
}

/**
 * Runs the steps, those that PostgreSQL allows in a transaction each in one of its own; a backfill as the one update that its
 * batches add up to. Only tables that were there before the first step count: nobody else can see the others.
 * @throws StepError
 */
export async function traceSteps(
  client: pg.Client,
  steps: readonly Step[],
  options: TraceOptions,
): Promise<TracedStep[]> {
  const existing = new Set((await readTables(client)).map(({ oid }) => oid));
  const traced: TracedStep[] = [];
  for (const [index, step] of steps.entries()) {
    const before = (await readTables(client)).filter(({ oid }) => existing.has(oid));
    const seen = await traceOne(client, step, options.connection).catch(error => {
      throw new StepError({ ...step, position: index }, error);
    });
    traced.push({
      method: options.method,
      position: index + 1,
      sql: step.sql,
      kind: step.kind,
      rule: step.rule,
      ...(step.assumedSafe === undefined ? {} : { assumedSafe: step.assumedSafe }),
      claimsScan: step.scans,
      locks: readTraced(step, before, seen.locks),
      ...compareTables(before, seen.after),
      durationMs: Math.round(seen.durationMs * 10) / 10,
    });
  }
  return traced;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: active_sql_transaction */
const IN_TRANSACTION = '25001';

async function traceOne(client: pg.Client, step: Step, connection: pg.ClientConfig): Promise<Seen> {
  if (isAlone(step)) {
    return await traceAlone(client, step, connection);
  }
  try {
    return await traceInTransaction(client, step.sql);
  } catch (error) {
    if (postgresError(error)?.code === IN_TRANSACTION) {
      return await traceAlone(client, step, connection);
    }
    throw error;
  }
}

/** https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html: that one may stand in a transaction. */
function isAlone({ sql }: Step): boolean {
  return (/\bconcurrently\b/i.test(sql) && !/^\s*refresh\b/i.test(sql)) || /^\s*vacuum\b/i.test(sql);
}

interface Seen {
  readonly locks: ReadonlyMap<number, LockMode>;
  /** As long as its transaction can see what it has read. */
  readonly after: readonly TracedTable[];
  readonly durationMs: number;
}

async function traceInTransaction(client: pg.Client, sql: string): Promise<Seen> {
  const startedAt = performance.now();
  await client.query('begin');
  try {
    await client.query(sql);
    const workedMs = performance.now() - startedAt;
    const locks = await readLocks(client, pidOf(client));
    const after = await readTables(client);
    const committedAt = performance.now();
    await client.query('commit');
    return { locks, after, durationMs: workedMs + (performance.now() - committedAt) };
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** It is held up while it waits for others, as it does by design, and its locks are looked at from there. */
async function traceAlone(client: pg.Client, { sql, locks }: Step, connection: pg.ClientConfig): Promise<Seen> {
  const tables = locks.map(({ table }) => table);
  const { value, durationMs } = await withHeldUp({ client, tables, connection }, sql, holder =>
    readLocks(holder, pidOf(client)),
  );
  // it is meant to read the table, and makes its own transactions
  const after = (await readTables(client)).map(table => ({ ...table, read: 0 }));
  return { locks: value ?? new Map(), after, durationMs };
}

function pidOf(client: pg.Client): number {
  return (client as unknown as { processID: number }).processID;
}

function readTraced({ locks: claims }: Step, tables: readonly TracedTable[], found: Seen['locks']): TracedLock[] {
  return tables.flatMap(({ oid, name, isPartition, isMaterialized }) => {
    const mode = found.get(oid);
    const claimed = claims
      .filter(({ table }) => table === name)
      .map(claim => claim.mode)
      .reduce<LockMode | undefined>((most, one) => strongerMode(one, most), undefined);
    const kind = { isPartition, ...(isMaterialized ? { isMaterialized } : {}) };
    const lock = { table: name, ...kind, ...(claimed === undefined ? {} : { claimed }) };
    return mode === undefined ? (claimed === undefined ? [] : [lock]) : [{ ...lock, mode }];
  });
}

function compareTables(
  before: readonly TracedTable[],
  after: readonly TracedTable[],
): Pick<TracedStep, 'rewritten' | 'scanned'> {
  const now = new Map(after.map(table => [table.oid, table]));
  const named = (isSo: (table: TracedTable, then: TracedTable) => boolean): string[] =>
    before.flatMap(table => {
      const then = now.get(table.oid);
      // a table that was dropped has no file
      return then && isSo(table, then) ? [table.name] : [];
    });
  return {
    rewritten: named((table, then) => then.file !== table.file),
    scanned: named((table, then) => then.read > table.read),
  };
}
