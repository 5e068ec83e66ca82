import type { BackfillPosition } from '../backfill/backfill-run.ts';
import { runBackfill } from '../backfill/run-backfill.ts';
import type { Backfill } from '../plan/plan.ts';
import { type Activity, renderApplicationName } from './application-name.ts';
import type { JournalEntry } from './journal.ts';
import type { Run } from './run.ts';
import { markWorker, unmarkWorker } from './run-lock.ts';
import { closeSession, openSession, type Session } from './session.ts';

export interface BackfillStep {
  readonly activity: Activity;
  readonly backfill: Backfill;
  readonly entry: JournalEntry;
}

/** A backfill with the runner's sessions, journal and progress. */
export async function runBackfilling(
  run: Run,
  { activity, backfill, entry }: BackfillStep,
): Promise<{ attempts: 1; rows: number }> {
  const { session, settings, signal, journal, reporter } = run;
  const workers = new Map<number, Promise<Session>>();
  try {
    const rows = await reporter.progress(activity, `backfill ${backfill.table}`, update =>
      runBackfill({
        backfill,
        client: session.client,
        connect: async worker => {
          const opened = workers.get(worker) ?? openWorker(run, activity);
          workers.set(worker, opened);
          return (await opened).client;
        },
        position: entry.progress as BackfillPosition | undefined,
        savePosition: (position, progress) => journal.progressSql(entry, { ...position, ...progress }),
        signal,
        pace: {
          workers: settings.backfillWorkers,
          batchMs: settings.backfillBatchMs,
          maxReplicaLagMs: settings.maxReplicaLagMs,
          ...(settings.maxRowsPerSecond > 0 ? { maxRowsPerSecond: settings.maxRowsPerSecond } : {}),
        },
        onProgress: ({ rowsDone, rowsLeft, pausedFor }) =>
          update({
            done: rowsDone,
            total: rowsDone + rowsLeft,
            unit: 'rows',
            ...(pausedFor ? { note: `pauses: ${pausedFor}` } : {}),
          }),
      }),
    );
    return { attempts: 1, rows };
  } finally {
    await Promise.allSettled([...workers.values()].map(async worker => closeWorker(run, await worker)));
  }
}

async function openWorker(run: Run, activity: Activity): Promise<Session> {
  const session = await openSession(run.source, { applicationName: renderApplicationName(activity, 'worker') });
  await markWorker(session.client, run.lockName);
  return session;
}

async function closeWorker(run: Run, worker: Session): Promise<void> {
  await unmarkWorker(worker.client, run.lockName);
  await closeSession(worker);
}
