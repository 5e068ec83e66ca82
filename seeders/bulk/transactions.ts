import type { ClientBase, Pool, PoolClient } from 'pg';

/**
 * Runs `work` on `count` connections at once, each in a transaction, and commits them when all have succeeded: one after the
 * other, so that being killed just there is the only way to keep some without the rest. Any failure undoes all.
 * @throws the first failure.
 */
export async function withTransactions<T>(
  pool: Pool,
  count: number,
  work: (client: ClientBase) => Promise<T>,
): Promise<T[]> {
  const clients: PoolClient[] = [];
  try {
    while (clients.length < count) {
      clients.push(await pool.connect());
    }
    const outcomes = await Promise.allSettled(clients.map(client => client.query('begin').then(() => work(client))));
    const failed = outcomes.find(outcome => outcome.status === 'rejected');
    if (failed) {
      throw failed.reason;
    }
    for (const client of clients) {
      await client.query('commit');
    }
    return outcomes.map(outcome => (outcome as PromiseFulfilledResult<T>).value);
  } finally {
    // Closed, not given back. What is not committed is undone thereby. And MikroORM closes its pool only when it has used it
    // itself: an idle connection in it would keep the process for ten seconds.
    for (const client of clients) {
      client.release(true);
    }
  }
}
