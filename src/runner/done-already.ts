import type { PoolClient } from 'pg';
import { type Change, quoteName } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';

/**
 * Whether a statement that a killed run had begun is done, for those that would fail a second time. A partition that is detached
 * by half is detached whole here. https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION
 */
export async function isDoneAlready(client: PoolClient, sql: string): Promise<boolean> {
  const changes = (await readStatements(sql)).flatMap(statement => statement.changes);
  for (const change of changes) {
    if (!(await isDone(client, change))) {
      return false;
    }
  }
  return changes.length > 0;
}

async function isDone(client: PoolClient, change: Change): Promise<boolean> {
  if (change.kind === 'drop index') {
    const { rows } = await client.query('select to_regclass($1) is null as gone', [quoteName(change.index)]);
    return rows[0].gone;
  }
  if (change.kind === 'detach partition') {
    const { rows } = await client.query(
      'select inhdetachpending as "isPending" from pg_inherits where inhparent = to_regclass($1) and inhrelid = to_regclass($2)',
      [quoteName(change.table), quoteName(change.partition)],
    );
    if (rows[0]?.isPending) {
      await client.query(
        `alter table ${quoteName(change.table)} detach partition ${quoteName(change.partition)} finalize`,
      );
    }
    return rows.length === 0 || rows[0].isPending;
  }
  return false;
}
