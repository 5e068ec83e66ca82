import type { Pool } from 'pg';
import type { ObjectName } from '../statement/change.ts';
import { PREPARING, WAITING } from './application-name.ts';
import { withInterrupts } from './interrupt.ts';
import { Journal } from './journal.ts';
import { assertKeepsSessions, assertSameDatabase, openDirectSource, openOwnSource } from './pooler.ts';
import type { Reporter } from './report.ts';
import type { Run } from './run.ts';
import { endLeftWorkers, withRunLock } from './run-lock.ts';
import { closeSession, openSession, type Session, type SessionSource, setApplicationName } from './session.ts';
import type { RunnerSettings } from './settings.ts';
import { type OtherSession, Watcher } from './watcher.ts';

export interface RunOptions {
  /** MikroORM's pool: its settings count, and its connections are left to MikroORM, whose command line has two of them. */
  readonly pool: Pool;
  /** The table of executed migrations: one run at a time for each. */
  readonly executed: ObjectName;
  readonly settings: RunnerSettings;
  readonly reporter: Reporter;
  readonly env: NodeJS.ProcessEnv;
  /** The schema that unqualified names mean, where the run was given one. */
  readonly schema?: string | undefined;
}

/**
 * Runs `work` as the only process that migrates this database, with a pinned session. Whatever happens, what the session had set
 * is put back, the watcher is closed and the lock is given up.
 * @throws InterruptedError after SIGINT or SIGTERM, RefusedError behind a pooler that keeps no sessions.
 */
export async function withRun<T>(options: RunOptions, work: (run: Run) => Promise<T>): Promise<T> {
  return withInterrupts(signal =>
    withPinnedSession(options, async (session, source) => {
      const { executed, settings, reporter } = options;
      const name = runLockName(executed);
      const onWait = (holder: OtherSession | undefined): void =>
        reporter.report({ event: 'waiting for another run', holder });
      return withRunLock(session.client, { name, signal, onWait }, async () => {
        await setApplicationName(session.client, PREPARING);
        const ended = await endLeftWorkers(session.client, name);
        if (ended > 0) {
          reporter.report({ event: 'note', text: `Ended ${ended} left workers of a run that was killed.` });
        }
        const watcher = new Watcher(source);
        try {
          const journal = new Journal(executed);
          return await work({ session, watcher, lockName: name, source, journal, settings, reporter, signal });
        } finally {
          await watcher.close();
        }
      });
    }),
  );
}

/** Of the table of executed migrations. */
export function runLockName({ schema, name }: ObjectName): string {
  return `${schema}.${name}`;
}

async function withPinnedSession<T>(
  { pool, reporter, env, schema }: RunOptions,
  work: (session: Session, source: SessionSource) => Promise<T>,
): Promise<T> {
  const direct = env.DIRECT_DATABASE_URL?.trim() ? await openDirectSource(env) : undefined;
  const from = direct ?? openOwnSource(pool);
  try {
    await assertKeepsSessions(from);
    const session = await openSession(from, { applicationName: WAITING, ...(schema === undefined ? {} : { schema }) });
    try {
      if (direct) {
        await assertDirect(session, pool);
        reporter.report({ event: 'note', text: `Through DIRECT_DATABASE_URL: ${direct.target}` });
      }
      return await work(session, from);
    } finally {
      await closeSession(session);
    }
  } finally {
    await from.end();
  }
}

async function assertDirect({ client }: Session, source: SessionSource): Promise<void> {
  const through = await source.connect();
  try {
    await assertSameDatabase(client, through);
  } finally {
    through.release();
  }
}
