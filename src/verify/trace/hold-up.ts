/** Statements that run in no transaction wait for other sessions before they end: there their locks can be seen. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Queryable } from '../../catalog/queryable.ts';
import { quoteRendered } from '../../statement/change.ts';

interface HeldUp<T> {
  /** Absent where the statement waited for nobody. */
  readonly value?: T;
  /** Of the statement, without the wait. */
  readonly durationMs: number;
}

/**
 * Runs `sql` in the session of `client` while another one has written to `tables`, and `look` once it waits for that one. An index
 * that is built concurrently waits for writers, one that is dropped for everybody.
 * https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
 */
export async function withHeldUp<T>(
  { client, tables, connection }: { client: pg.Client; tables: readonly string[]; connection: pg.ClientConfig },
  sql: string,
  look: (holder: Queryable) => Promise<T>,
): Promise<HeldUp<T>> {
  const { rows: held } = await client.query(HELD, [tables.map(quoteRendered)]);
  if (held.length === 0) {
    const startedAt = performance.now();
    await client.query(sql);
    return { durationMs: performance.now() - startedAt };
  }
  const holder = new pg.Client(connection);
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query(`lock table ${held.map(({ name }) => name).join(', ')} in row exclusive mode`);
    const pid = (client as unknown as { processID: number }).processID;
    let isOver = false;
    const startedAt = performance.now();
    const running = client.query(sql).finally(() => {
      isOver = true;
    });
    // it is awaited below
    running.catch(() => undefined);
    let value: T | undefined;
    while (!isOver && value === undefined) {
      const { rows } = await holder.query(WAITING, [pid]);
      value = rows.length > 0 ? await look(holder) : undefined;
      await sleep(1);
    }
    const waitedFrom = performance.now();
    await holder.query('commit');
    const waitedMs = performance.now() - waitedFrom;
    await running;
    return { ...(value === undefined ? {} : { value }), durationMs: performance.now() - startedAt - waitedMs };
  } finally {
    await holder.end();
  }
}

/** Nobody can lock a materialized view, or write to it. */
const HELD = `select name from unnest($1::text[]) name join pg_class c on c.oid = to_regclass(name) where c.relkind <> 'm'`;

/** For the end of another transaction: then it has all its locks. One that waits for a lock has not. */
const WAITING = `select from pg_locks where pid = $1 and locktype = 'virtualxid' and not granted limit 1`;
