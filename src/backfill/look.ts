/** What others suffer from the backfill: replicas that fall behind, sessions that wait for its rows. */
import type { PoolClient } from 'pg';

/** Less than this is no lag: without writes a replica that has caught up shows the lag that it had for up to 20 seconds more. */
const LAG_BYTES = 1_000_000;

export interface Look {
  readonly workerPids: readonly number[];
  readonly maxReplicaLagMs: number;
}

/**
 * @returns why to pause, in words; undefined when there is no reason. A role that may not see replicas sees none.
 * https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW
 */
export async function findReasonToPause(
  client: PoolClient,
  { workerPids, maxReplicaLagMs }: Look,
): Promise<string | undefined> {
  const { rows } = await client.query(
    `select (select application_name || ' is ' || round(extract(epoch from replay_lag), 1) || ' s behind'
               from pg_stat_replication
              where replay_lag > $2::float * interval '1 ms' and pg_wal_lsn_diff(sent_lsn, replay_lsn) > ${LAG_BYTES}
              order by replay_lag desc limit 1) as replica,
            (select count(*)::int from pg_stat_activity a
              where a.wait_event_type = 'Lock' and a.datname = current_database() and a.pid <> all ($1::int[])
                and pg_blocking_pids(a.pid) && $1::int[]) as waiting`,
    [workerPids, maxReplicaLagMs],
  );
  const { replica, waiting } = rows[0];
  if (replica) {
    return `the replica ${replica}`;
  }
  return waiting > 0 ? `${waiting} ${waiting === 1 ? 'session waits' : 'sessions wait'} for its rows` : undefined;
}
