import type { LockMode } from '../plan/plan.ts';
import type { Change, ObjectName } from '../statement/change.ts';
import { locksOn, readAlterTableText } from './alter-table.ts';
import { online, type Rule } from './rule.ts';

const id = 'storage-settings';

/**
 * Settings of a column or table that count for rows to come, or for the planner: no row that is there is touched. The locks are those of
 * AlterTableGetLockLevel in src/backend/commands/tablecmds.c.
 */
export const storageSettings: Rule = {
  id,
  title: 'Statistics, storage, compression and storage parameters are set as they are',
  judge({ sql, change }, context) {
    const found = findSetting(change, sql);
    return found && online({ sql, rule: id, locks: locksOn([found.table], found.mode, context) });
  },
};

function findSetting(change: Change, sql: string): { readonly table: ObjectName; readonly mode: LockMode } | undefined {
  if (change.kind === 'alter table') {
    const { table, command } = change;
    return ['AT_SetRelOptions', 'AT_ResetRelOptions'].includes(command)
      ? { table, mode: /\buser_catalog_table\b/i.test(sql) ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE' }
      : undefined;
  }
  if (change.kind !== 'alter column') {
    return undefined;
  }
  const { table } = change;
  switch (change.alteration.to) {
    case 'statistics':
      return { table, mode: 'SHARE UPDATE EXCLUSIVE' };
    case 'options':
      return { table, mode: setsParameters(sql, table) ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE' };
    case 'storage':
    case 'compression':
      return { table, mode: 'ACCESS EXCLUSIVE' };
    default:
      return undefined;
  }
}

/** `set (n_distinct = …)` or `reset (…)`; the options of an identity column are written without brackets. */
function setsParameters(sql: string, table: ObjectName): boolean {
  const { rest } = readAlterTableText(sql, table);
  return rest.some(({ word }, index) => ['set', 'reset'].includes(word) && rest[index + 1]?.text === '(');
}
