/** Steps that PostgreSQL runs in no transaction, or that make their own: running one again has to find out what is left. */
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresError } from '../errors.ts';
import { type Activity, applicationNameSql } from './application-name.ts';
import { dropInvalidIndex, prepareIndex } from './concurrent-index.ts';
import { isDoneAlready } from './done-already.ts';
import type { JournalEntry } from './journal.ts';
import { renderSession } from './report.ts';
import type { Run } from './run.ts';
import { runBackfilling } from './run-backfilling.ts';
import { reportAssumption, runStep } from './run-step.ts';
import { inTransaction } from './run-together.ts';
import type { NumberedStep } from './segments.ts';

export interface LoneStep {
  readonly activity: Activity;
  readonly step: NumberedStep;
  /** Statements that belong behind it: the journal, the record. */
  readonly after: readonly string[];
  /** What the journal is to say while it runs; it has `progress` from a run that was stopped. */
  readonly entry: JournalEntry;
  /** A run that was stopped had begun it: it may have been done. */
  readonly isBegun: boolean;
}

export async function runAlone(run: Run, lone: LoneStep): Promise<void> {
  const { client } = run.session;
  const { activity, step, after, entry } = lone;
  reportAssumption(run, step);
  await client.query(`${applicationNameSql(activity)};\n${run.journal.writeSql(entry)}`);
  let outcome: Outcome = { attempts: 1 };
  const durationMs = await runStep(step, async () => {
    outcome = step.backfill
      ? await runBackfilling(run, { activity, backfill: step.backfill, entry })
      : await runConcurrently(run, lone);
  });
  await inTransaction(client, after);
  const { sql, locks } = step;
  run.reporter.report({ event: 'step', ...activity, sql, locks, durationMs: Math.round(durationMs), ...outcome });
}

interface Outcome {
  readonly attempts: number;
  readonly waitedMs?: number;
  readonly rows?: number;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: deadlock_detected */
const DEADLOCK = '40P01';
const MAX_DEADLOCKS = 10;

async function runConcurrently(run: Run, { activity, step, isBegun }: LoneStep): Promise<Outcome> {
  const { client } = run.session;
  if (isBegun && (await isDoneAlready(client, step.sql))) {
    return { attempts: 1 };
  }
  let waitedMs = 0;
  const onWait = (ms: number): void => {
    waitedMs += ms;
  };
  for (let attempts = 1; ; attempts++) {
    if ((await prepareIndex(run, step.sql)) === 'there') {
      return { attempts };
    }
    try {
      await withLongWaits(run, () => watched(run, { activity, sql: step.sql, onWait }, () => client.query(step.sql)));
      return { attempts, waitedMs };
    } catch (error) {
      await dropInvalidIndex(run, step.sql);
      run.signal.throwIfAborted();
      if (postgresError(error)?.code !== DEADLOCK || attempts === MAX_DEADLOCKS) {
        throw error;
      }
      await sleep(Math.random() * 1000);
    }
  }
}

/** These wait without holding up anybody; a short timeout would only leave an invalid index. H04. */
async function withLongWaits<T>({ session: { client }, settings }: Run, work: () => Promise<T>): Promise<T> {
  await client.query(`set lock_timeout = ${settings.buildPatienceMs}`);
  try {
    return await work();
  } finally {
    await client.query('set lock_timeout = 0').catch(() => undefined);
  }
}

const LOOK_EVERY_MS = 500;

/** Shows how far the statement is and whom it waits for, and cancels it when the run is to end. */
async function watched<T>(
  run: Run,
  { activity, sql, onWait }: { activity: Activity; sql: string; onWait: (ms: number) => void },
  work: () => Promise<T>,
): Promise<T> {
  const { reporter, signal, watcher, session } = run;
  const over = new AbortController();
  return await reporter.progress(activity, titleOf(sql), async update => {
    const watching = (async () => {
      while (!over.signal.aborted) {
        await sleep(LOOK_EVERY_MS, undefined, { signal: AbortSignal.any([over.signal, signal]) }).catch(
          () => undefined,
        );
        if (over.signal.aborted) {
          return;
        }
        if (signal.aborted) {
          await watcher.cancel(session.pid);
          // the statement may not be at a point where it hears of it
          await sleep(100);
          continue;
        }
        const build = await watcher.buildOf(session.pid);
        const waitsFor = build ? build.waitsFor : (await watcher.blockersOf(session.pid))[0];
        if (waitsFor) {
          onWait(LOOK_EVERY_MS);
        }
        const note = [build?.phase, waitsFor && `waits for ${renderSession(waitsFor)}`].filter(Boolean).join(', ');
        update({ done: build?.done ?? 0, total: build?.total ?? 0, unit: 'blocks', ...(note ? { note } : {}) });
      }
    })().catch(() => undefined);
    try {
      return await work();
    } finally {
      over.abort();
      await watching;
    }
  });
}

function titleOf(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.replace(/ concurrently| if (?:not )?exists/g, '').slice(0, 48);
}
