/** What another process is doing on this database right now, and what earlier ones have left. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { ObjectName } from '../../statement/change.ts';
import { readApplicationName } from '../application-name.ts';
import type { JournalEntry } from '../journal.ts';
import { readJournal } from '../recorded-names.ts';
import { findRun } from '../run-lock.ts';
import type { OtherSession } from '../watcher.ts';
import { runLockName } from '../with-run.ts';
import { type ActivityFacts, type Build, readRows } from './status.ts';

/** Between two looks at a backfill that does not say how fast it is. */
const RATE_MS = 500;

export async function readActivity(pool: Pool, executed: ObjectName): Promise<ActivityFacts> {
  const holder = await findRun(pool, runLockName(executed));
  const entries = await readJournal(pool, executed);
  if (!holder) {
    return { entries };
  }
  const [build, rowsPerSecond] = [
    await readBuild(pool, holder),
    await measureRate(pool, executed, { holder, entries }),
  ];
  return { entries, holder, ...(build ? { build } : {}), ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }) };
}

/** https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING */
async function readBuild(pool: Pool, { pid }: OtherSession): Promise<Build | undefined> {
  const { rows } = await pool.query(
    `select phase, coalesce(nullif(blocks_done, 0), tuples_done)::float as done,
            coalesce(nullif(blocks_total, 0), tuples_total)::float as total
       from pg_stat_progress_create_index where pid = $1`,
    [pid],
  );
  return rows[0];
}

/** Rows a second of the backfill that runs. */
async function measureRate(
  pool: Pool,
  executed: ObjectName,
  { holder, entries }: { holder: OtherSession; entries: readonly JournalEntry[] },
): Promise<number | undefined> {
  const activity = readApplicationName(holder.application ?? '');
  const rowsOf = (all: readonly JournalEntry[]): ReturnType<typeof readRows> =>
    readRows(
      all.find(({ migration, position }) => isMigration(migration, activity) && position + 1 === activity?.step),
    );
  const before = rowsOf(entries);
  if (before.rowsDone === undefined || before.rowsPerSecond !== undefined) {
    return before.rowsPerSecond;
  }
  const startedAt = performance.now();
  await sleep(RATE_MS);
  const { rowsDone = before.rowsDone } = rowsOf(await readJournal(pool, executed));
  return Math.round(((rowsDone - before.rowsDone) * 1000) / (performance.now() - startedAt));
}

function isMigration(name: string, activity: ReturnType<typeof readApplicationName>): boolean {
  return activity !== undefined && name.startsWith(activity.migration);
}
