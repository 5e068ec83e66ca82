/** What a migration may read with while it lists its statements: nothing of it can write. */
import type { EntityManager, PostgreSqlDriver, Transaction } from '@mikro-orm/postgresql';

/** One whose statements run each in a read-only transaction of its own; it has no entity manager. */
export function readOnlyDriver(driver: PostgreSqlDriver): PostgreSqlDriver {
  return overridden(driver, {
    execute: (sql: string, params?: unknown[]) =>
      driver.getConnection().transactional(tx => driver.execute(sql, params, 'all', tx), { readOnly: true }),
    createEntityManager: () => {
      throw new Error('call this.getEntityManager() by that name in the class of the migration');
    },
  });
}

/** Runs `work` with a driver whose entity manager, its forks and its connection stay within one read-only transaction. */
export function withReadingManager<T>(
  driver: PostgreSqlDriver,
  work: (driver: PostgreSqlDriver, tx: Transaction) => Promise<T>,
): Promise<T> {
  return driver.getConnection().transactional(tx => work(readingDriver(driver, tx), tx), { readOnly: true });
}

function readingDriver(driver: PostgreSqlDriver, tx: Transaction): PostgreSqlDriver {
  const connection = driver.getConnection();
  const reading = overridden(connection, {
    execute: (query: string, params?: unknown[], method?: 'all' | 'get' | 'run', ctx: Transaction = tx) =>
      connection.execute(query, params, method, ctx),
    stream: (query: string, params?: unknown[], ctx: Transaction = tx) => connection.stream(query, params, ctx),
    begin: (options: Parameters<typeof connection.begin>[0] = {}) => connection.begin({ ctx: tx, ...options }),
    transactional: (
      work: Parameters<typeof connection.transactional>[0],
      options: Parameters<typeof connection.transactional>[1] = {},
    ) => connection.transactional(work, { ctx: tx, ...options }),
    getClient: () => tx,
    executeDump: () => Promise.reject(new Error('a migration may read here, and not write')),
  });
  const own = overridden(driver, {
    execute: (sql: string, params?: unknown[]) => driver.execute(sql, params, 'all', tx),
    getConnection: () => reading,
    createEntityManager: () => within(driver.createEntityManager.call(own, false) as EntityManager, tx),
  });
  return own;
}

/** A fork leaves the transaction unless it is told to stay. */
function within(em: EntityManager, tx: Transaction): EntityManager {
  em.setTransactionContext(tx);
  const fork = em.fork.bind(em);
  em.fork = options => within(fork({ ...options, keepTransactionContext: true }), tx);
  return em;
}

function overridden<T extends object>(target: T, own: Record<string, unknown>): T {
  return new Proxy(target, {
    get(_, property) {
      if (Object.hasOwn(own, property)) {
        return own[property as string];
      }
      const value = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
