/** `copy ... from stdin`: the fastest way into a table. https://www.postgresql.org/docs/current/populate.html */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from } from 'pg-copy-streams';

/**
 * Copies lines in PostgreSQL's text format into `table`. The lines are asked for only as fast as the server takes them, so
 * that no more than a few writes of them are in memory.
 */
export async function copyLines(
  client: ClientBase,
  target: { readonly table: string; readonly columns: string },
  lines: Iterable<string>,
): Promise<void> {
  const { table, columns } = target;
  const stream = client.query(from(`copy ${table} (${columns}) from stdin`));
  await pipeline(Readable.from(lines, { highWaterMark: 16 }), stream);
}

/**
 * Runs `work` with the foreign keys of `table` unchecked, where that is allowed and changes nothing else; plainly otherwise.
 * For rows that refer only to rows of the same transaction, which nobody else can have touched: their two checks cost as
 * much as all the rest of such a row. Needs a superuser, and a table without triggers of its own, for they would be silent
 * too. https://www.postgresql.org/docs/current/runtime-config-client.html
 */
export async function withoutKeyChecks<T>(client: ClientBase, table: string, work: () => Promise<T>): Promise<T> {
  const { rows } = await client.query<{ allowed: boolean }>(MAY_SKIP_CHECKS, [table]);
  if (!rows[0]?.allowed) {
    return await work();
  }
  await client.query('set local session_replication_role = replica');
  const result = await work();
  await client.query('set local session_replication_role = origin');
  return result;
}

const MAY_SKIP_CHECKS = `
  select current_setting('is_superuser') = 'on'
    and not exists (select from pg_trigger where tgrelid = $1::regclass and not tgisinternal)
    and not exists (select from pg_rewrite where ev_class = $1::regclass) as allowed`;
