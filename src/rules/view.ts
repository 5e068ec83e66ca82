import type { TableLock } from '../plan/plan.ts';
import { type ChangeOf, type ObjectName, quoteName, renderName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { findTable, online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';
import { hasWords, tablesIn } from './words.ts';

const id = 'view';

/** A view is a name for a query; a materialized one reads everything the query reads. H41, H77. */
export const view: Rule = {
  id,
  title: 'A view is created or replaced as it is; a materialized one is refreshed concurrently',
  judge({ sql, change }, context) {
    switch (change.kind) {
      case 'create view':
        return change.materialized
          ? judgeMaterialized(sql, change.view, context)
          : online({ sql, rule: id, locks: [...replaced(change.view, context), ...read(sql, change.view, context)] });
      case 'refresh view':
        return judgeRefresh(sql, change, context);
      default:
        return undefined;
    }
  },
};

/** Nobody uses it yet: the long read is all there is to it. */
function judgeMaterialized(sql: string, name: ObjectName, context: RuleContext): Verdict {
  const fills = !hasWords(sql, 'with no data');
  const hazards = fills ? ['Vacuum cannot clear what others delete anywhere until its query has read everything.'] : [];
  return online({ sql, rule: id, locks: read(sql, name, context), scans: fills, hazards });
}

function judgeRefresh(
  sql: string,
  { view: name, concurrently }: ChangeOf<'refresh view'>,
  context: RuleContext,
): Verdict {
  const facts = findTable(name, context);
  const hasKey = Object.values(facts?.indexes ?? {}).some(
    ({ isUnique, isValid, definition }) => isUnique && isValid && !/ WHERE /.test(definition),
  );
  const parts = { rule: id, locks: locksOn([name], 'EXCLUSIVE', context), scans: true };
  if (concurrently || !facts) {
    return online({ ...parts, sql, locks: facts ? parts.locks : [] });
  }
  const because = {
    happens: `PostgreSQL fills ${shown(name)} anew under an ACCESS EXCLUSIVE lock.`,
    hurts: `Every query that reads ${shown(name)} waits until its query has read everything.`,
  };
  const refresh = `refresh materialized view concurrently ${quoteName(name)}`;
  return hasKey && !hasWords(sql, 'with no data')
    ? { kind: 'replace', ...because, steps: [step({ ...parts, sql: refresh })] }
    : {
        kind: 'refuse',
        ...because,
        remedy: [`create unique index concurrently if not exists … on ${quoteName(name)} (…);`, `then ${refresh}`],
      };
}

function replaced(name: ObjectName, context: RuleContext): TableLock[] {
  return findTable(name, context) ? locksOn([name], 'ACCESS EXCLUSIVE', context) : [];
}

function read(sql: string, name: ObjectName, context: RuleContext): TableLock[] {
  const tables = tablesIn(sql, context).filter(table => table !== renderName(name));
  return tables.map(table => ({ table, mode: 'ACCESS SHARE' }));
}
