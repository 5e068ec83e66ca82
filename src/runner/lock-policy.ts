import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { MigrationError, postgresError } from '../errors.ts';
import { printProgress } from '../terminal/terminal.ts';
import { StepError } from './step-error.ts';

/** Whoever queues behind a step of ours waits at most that long: a stall of others is our own lock timeout. */
export const LOCK_TIMEOUT_MS = 40;
/** How long a step is tried in all. */
const PATIENCE_MS = Number(process.env.MIGRATE_LOCK_PATIENCE_MS ?? 10 * 60_000);
const PAUSE_MS = { first: 50, longest: 2_000 } as const;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: lock_not_available, deadlock_detected */
const RETRIED = new Set(['55P03', '40P01']);

/**
 * Runs `attempt`, a transaction with a short lock timeout, again and again with growing, jittered pauses until it gets its
 * locks; between attempts nobody waits for us. H55, H26.
 * @throws MigrationError when the time is up, naming who holds the locks.
 */
export async function withLockRetries(
  client: PoolClient,
  tables: readonly string[],
  attempt: () => Promise<void>,
): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let pause: number = PAUSE_MS.first, tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!RETRIED.has(postgresError(error)?.code ?? '')) {
        throw error;
      }
      const holders = await findHolders(client, tables);
      if (performance.now() + pause > giveUpAt) {
        throw timeIsUp(error, { tries, holders });
      }
      if (tries === 1) {
        printProgress(
          `  waiting for a lock on ${tables.join(', ')}, without holding up anybody; it is held by ${holders}`,
        );
      }
      await sleep(pause * (0.5 + Math.random()));
      pause = Math.min(PAUSE_MS.longest, pause * 1.5);
    }
  }
}

/** The sessions that hold locks on the tables, as a DBA looks for them. No query text: it may hold personal data. */
async function findHolders(client: PoolClient, tables: readonly string[]): Promise<string> {
  const { rows } = await client.query(
    `select distinct a.pid, a.usename, a.application_name, a.state,
            extract(epoch from clock_timestamp() - a.xact_start)::int as seconds
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.granted and l.pid <> pg_backend_pid() and a.xact_start is not null
        and l.relation = any (select to_regclass(t)::oid from unnest($1::text[]) as t)
      order by seconds desc nulls last`,
    [tables],
  );
  const held = rows.map(
    ({ pid, usename, application_name, state, seconds }) =>
      `pid ${pid} (${application_name || 'no application name'}, ${usename}, ${state}, for ${seconds} s)`,
  );
  return held.join('; ') || 'a session that has ended meanwhile';
}

function timeIsUp(error: unknown, { tries, holders }: { tries: number; holders: string }): MigrationError {
  return new MigrationError(
    {
      title: 'The lock was not to be had',
      ...(error instanceof StepError ? { subject: error.step.sql } : {}),
      happens: `In ${tries} attempts other sessions held locks on its tables; the last: ${holders}.`,
      hurts: 'Waiting longer at once would hold up everybody who comes after us.',
      remedy: 'Let these transactions end (or end them), then run the same command again.',
      left: 'This step was not run; those before it are recorded, and the next run goes on with it.',
    },
    { cause: error },
  );
}
