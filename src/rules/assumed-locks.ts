/** What a statement may lock that a person holds for safe although a rule refuses it. Pure. */
import type { LockMode, Step } from '../plan/plan.ts';
import { type Change, renderName } from '../statement/change.ts';
import type { Operation, RuleContext } from './rule.ts';
import { tablesIn } from './words.ts';

/**
 * Rather too much than too little: the tables that it names, those that its change takes along, and the strongest mode that
 * its kind takes. The runner knows from it whom to wait for, and which steps may share a transaction.
 */
export function assumedLocks({ sql, change }: Operation, context: RuleContext): Pick<Step, 'locks' | 'scans'> {
  const mode = strongestMode(change, sql);
  const { facts, newTables } = context;
  const hidden = hiddenTables(change, context).filter(table => table in facts.tables && !newTables.has(table));
  const tables = [...new Set([...tablesIn(sql, context), ...hidden])];
  return { locks: tables.map(table => ({ table, mode })), scans: !/^(?:rename|drop) /.test(change.kind) };
}

function strongestMode(change: Change, sql: string): LockMode {
  switch (change.kind) {
    case 'select':
      return 'ACCESS SHARE';
    case 'insert':
    case 'update':
    case 'delete':
      return 'ROW EXCLUSIVE';
    case 'comment':
    case 'validate constraint':
      return 'SHARE UPDATE EXCLUSIVE';
    case 'create index':
      return change.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE';
    case 'drop index':
    case 'reindex':
    case 'detach partition':
      return change.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE';
    case 'vacuum':
      return change.isFull ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE';
    case 'create trigger':
      return 'SHARE ROW EXCLUSIVE';
    case 'add constraint':
      return change.definition.type === 'foreign key' ? 'SHARE ROW EXCLUSIVE' : 'ACCESS EXCLUSIVE';
    case 'create table':
      return change.partitionOf || /\binherits\b/i.test(sql) ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE';
    default:
      return 'ACCESS EXCLUSIVE';
  }
}

/** Those that the statement need not name. */
function hiddenTables(change: Change, { facts }: RuleContext): string[] {
  const ofIndex = (name: string): string[] => (facts.indexes[name] === undefined ? [] : [facts.indexes[name]]);
  switch (change.kind) {
    case 'drop index':
    case 'rename index':
      return ofIndex(renderName(change.index));
    case 'reindex':
      return ofIndex(renderName(change.target));
    case 'drop table':
    case 'drop column':
    case 'drop constraint':
      return relatedTables(renderName(change.table), facts);
    case 'drop type':
    case 'add enum value':
      return tablesWith(renderName(change.type), facts);
    default:
      return [];
  }
}

/** By a foreign key, or by a view that a cascade takes along. */
function relatedTables(name: string, { tables }: RuleContext['facts']): string[] {
  const own = tables[name];
  const parents = Object.values(own?.constraints ?? {}).flatMap(({ references }) => references ?? []);
  const children = Object.entries(tables).filter(([, { constraints }]) =>
    Object.values(constraints).some(({ references }) => references === name),
  );
  return [...parents, ...children.map(([child]) => child), ...(own?.dependents ?? [])];
}

function tablesWith(type: string, { tables }: RuleContext['facts']): string[] {
  const isOf = (column: { readonly type: string }): boolean => column.type === type || column.type === `${type}[]`;
  return Object.entries(tables).flatMap(([name, { columns }]) => (Object.values(columns).some(isOf) ? [name] : []));
}
