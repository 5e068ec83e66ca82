import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import type { BackfillProgress } from '../../src/backfill/backfill-run.ts';
import { runBackfill } from '../../src/backfill/run-backfill.ts';
import { type RunningCluster, startCluster } from '../support/cluster.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('a backfill with a streaming replica', () => {
  it('pauses while the replica is behind, says so, and goes on when it has caught up', async () => {
    using folder = temporaryFolder();
    using copy = temporaryFolder();
    const primary = await startCluster(folder.path);
    const running = [primary];
    try {
      running.unshift(await primary.startReplica(copy.path));
      const [replicaPool, primaryPool] = running.map(openPool);
      await fillBehind(primaryPool as pg.Pool, replicaPool as pg.Pool).finally(() =>
        Promise.all([primaryPool?.end(), replicaPool?.end()]),
      );
    } finally {
      for (const cluster of running) {
        await cluster.crash();
      }
    }
  });
});

function openPool({ host, port, user, password }: RunningCluster): pg.Pool {
  return new pg.Pool({ host, port, user, password, database: 'postgres' }).on('error', () => undefined);
}

async function fillBehind(primary: pg.Pool, replica: pg.Pool): Promise<void> {
  const rows = 100_000;
  await replica.query('select pg_wal_replay_pause()');
  await primary.query(`create table answers (grade int, note text);
    insert into answers select null, repeat('x', 200) from generate_series(1, ${rows}) n`);
  const lagging = `select 1 from pg_stat_replication where replay_lag > interval '200 ms'`;
  while ((await primary.query(lagging)).rows.length === 0) {
    await sleep(20);
  }
  const paused = Promise.withResolvers<BackfillProgress>();
  const client = await primary.connect();
  const worker = await primary.connect();
  try {
    const filled = runBackfill({
      backfill: { table: 'answers', set: { grade: '5' }, where: 'grade is null' },
      client,
      connect: async () => worker,
      position: undefined,
      savePosition: () => 'select 1',
      signal: new AbortController().signal,
      pace: { workers: 1, batchMs: 50, maxReplicaLagMs: 100 },
      onProgress: progress => progress.pausedFor && paused.resolve(progress),
    });
    const { pausedFor, rowsLeft } = await paused.promise;
    expect(pausedFor).to.match(/^the replica replica is \d+\.\d s behind$/);
    expect(rowsLeft).to.be.above(0);
    await replica.query('select pg_wal_replay_resume()');
    expect(await filled).to.equal(rows);
  } finally {
    client.release();
    worker.release();
  }
}
