/** What another process is doing on this database right now, and what earlier ones have left. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { type ObjectName, quoteName } from '../../statement/change.ts';
import { readApplicationName } from '../application-name.ts';
import { type JournalEntry, journalTable } from '../journal.ts';
import { readJournal } from '../recorded-names.ts';
import { findRun } from '../run-lock.ts';
import type { OtherSession } from '../watcher.ts';
import { runLockName } from '../with-run.ts';
import { type ActivityFacts, type Build, readRows } from './status.ts';

/** For how long the next save is waited for. */
const LOOK_MS = { every: 50, longest: 1_500 } as const;

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

interface Saved {
  readonly rows: number;
  /** Seconds, by the server's clock. */
  readonly at: number;
}

/** Rows a second of the backfill that runs, from one save of its position to the next; 0 where none comes. */
async function measureRate(
  pool: Pool,
  executed: ObjectName,
  { holder, entries }: { holder: OtherSession; entries: readonly JournalEntry[] },
): Promise<number | undefined> {
  const activity = readApplicationName(holder.application ?? '');
  const entry = entries.find(({ migration, position }) => {
    return activity !== undefined && position + 1 === activity.step && migration.startsWith(activity.migration);
  });
  const before = entry && readRows(entry).rowsDone !== undefined ? await readSaved(pool, executed, entry) : undefined;
  if (!entry || !before) {
    return undefined;
  }
  for (const giveUpAt = performance.now() + LOOK_MS.longest; performance.now() < giveUpAt; ) {
    await sleep(LOOK_MS.every);
    const { rows, at } = (await readSaved(pool, executed, entry)) ?? before;
    if (rows > before.rows && at > before.at) {
      return Math.round((rows - before.rows) / (at - before.at));
    }
  }
  return 0;
}

async function readSaved(pool: Pool, executed: ObjectName, { migration, position }: JournalEntry) {
  const journal = quoteName({ ...executed, name: journalTable(executed.name) });
  const { rows } = await pool.query(
    `select (progress->>'rowsDone')::float as rows, extract(epoch from done_at)::float as at
       from ${journal} where migration = $1 and position = $2`,
    [migration, position],
  );
  return rows[0] as Saved | undefined;
}
