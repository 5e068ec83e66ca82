import type { TableFacts } from '../catalog/facts.ts';
import type { LockMode, TableLock } from '../plan/plan.ts';
import { type ChangeOf, type ObjectName, quoteName, renderName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { findTable, isNewTable, online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';
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

/** One that is new, or has no data yet, is read by nobody; PostgreSQL cannot fill it concurrently for the first time. */
function judgeRefresh(sql: string, change: ChangeOf<'refresh view'>, context: RuleContext): Verdict {
  const { view: name, concurrently, withoutData } = change;
  const facts = findTable(name, context);
  const isRead = facts?.isPopulated !== false && !isNewTable(name, context);
  const lock = (mode: LockMode): TableLock[] => [...locksOn([name], mode, context), ...readBy(name, context)];
  const parts = { rule: id, locks: facts ? lock('EXCLUSIVE') : [], scans: true };
  if (!facts || (concurrently && isRead && hasKey(facts))) {
    return online({ ...parts, sql });
  }
  if (!isRead && !concurrently) {
    return online({ ...parts, sql, locks: lock('ACCESS EXCLUSIVE'), scans: !withoutData });
  }
  const refresh = `refresh materialized view concurrently ${quoteName(name)}`;
  const key = `create unique index concurrently if not exists … on ${quoteName(name)} (…);`;
  if (concurrently) {
    return {
      kind: 'refuse',
      happens: isRead
        ? `PostgreSQL refreshes ${shown(name)} concurrently only where a unique index covers all of its rows.`
        : `PostgreSQL cannot fill ${shown(name)} concurrently for the first time.`,
      hurts: 'The migration stops there, with what stands before it done.',
      remedy: isRead ? [key, `then ${refresh}`] : [`refresh materialized view ${quoteName(name)}`],
    };
  }
  const because = {
    happens: withoutData
      ? `PostgreSQL empties ${shown(name)}.`
      : `PostgreSQL fills ${shown(name)} anew under an ACCESS EXCLUSIVE lock.`,
    hurts: withoutData
      ? `Every query that reads ${shown(name)} fails until it is filled again.`
      : `Every query that reads ${shown(name)} waits until its query has read everything.`,
  };
  return hasKey(facts) && !withoutData
    ? { kind: 'replace', ...because, steps: [step({ ...parts, sql: refresh })] }
    : { kind: 'refuse', ...because, remedy: [...(hasKey(facts) ? [] : [key]), `then ${refresh}`] };
}

function hasKey({ indexes }: TableFacts): boolean {
  return Object.values(indexes).some(
    ({ isUnique, isValid, definition }) => isUnique && isValid && !/ where /i.test(definition),
  );
}

function replaced(name: ObjectName, context: RuleContext): TableLock[] {
  return findTable(name, context) ? locksOn([name], 'ACCESS EXCLUSIVE', context) : [];
}

function read(sql: string, name: ObjectName, context: RuleContext): TableLock[] {
  const tables = tablesIn(sql, context).filter(table => table !== renderName(name));
  return tables.map(table => ({ table, mode: 'ACCESS SHARE' }));
}

/** Tables and views that a view of the database reads, also through other views; of one of this migration they are not known. */
function readBy(view: ObjectName, { facts }: RuleContext): TableLock[] {
  const found = new Set<string>();
  for (let open = [renderName(view)]; open.length > 0; ) {
    open = Object.keys(facts.tables).filter(
      name => !found.has(name) && facts.tables[name]?.dependents.some(dependent => open.includes(dependent)),
    );
    open.forEach(name => void found.add(name));
  }
  return [...found].map(table => ({ table, mode: 'ACCESS SHARE' }));
}
