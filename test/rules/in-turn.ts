/** Asks the rules about the steps that a rule gives, each on the facts that the ones before it leave. */
import type { DatabaseFacts, TableFacts } from '../../src/catalog/facts.ts';
import type { RuleContext, Verdict } from '../../src/rules/rule.ts';
import { type Change, renderName } from '../../src/statement/change.ts';
import { readOperations } from '../../src/statement/read.ts';
import { judgeSql, table } from './facts.ts';

/** The kinds of the verdicts on the SQL steps of `verdict`; those of `without` (a matter of another rule) are left out. */
export async function judgeInTurn(
  verdict: Verdict,
  { without = /^$/, ...context }: Partial<RuleContext> & { facts: DatabaseFacts; without?: RegExp },
): Promise<string[]> {
  const kinds: string[] = [];
  let { facts } = context;
  for (const { kind, sql } of verdict.kind === 'refuse' ? [] : verdict.steps) {
    if (kind === 'sql' && !without.test(sql)) {
      kinds.push((await judgeSql(sql, { ...context, facts })).kind);
    }
    const [operation] = await readOperations(sql);
    facts = operation?.changes[0] ? evolve(facts, operation.changes[0]) : facts;
  }
  return kinds;
}

function evolve(facts: DatabaseFacts, change: Change): DatabaseFacts {
  if (!('table' in change) || !change.table || Array.isArray(change.table)) {
    return facts;
  }
  const name = renderName(change.table);
  const before = facts.tables[name] ?? table();
  return { ...facts, tables: { ...facts.tables, [name]: { ...before, ...changed(before, change) } } };
}

function changed({ columns, constraints, indexes }: TableFacts, change: Change): Partial<TableFacts> {
  switch (change.kind) {
    case 'add column': {
      const { type, notNull, default: value } = change.definition;
      const added = { type, notNull, hasDefault: value !== undefined, isGenerated: false };
      return { columns: { ...columns, [change.column]: added } };
    }
    case 'alter column': {
      const column = columns[change.column] ?? { type: 'text', notNull: false, hasDefault: false, isGenerated: false };
      const notNull = change.alteration.to === 'set not null' || column.notNull;
      return { columns: { ...columns, [change.column]: { ...column, notNull } } };
    }
    case 'add constraint': {
      const { type, columns: on, notValid, references, expression } = change.definition;
      const added = {
        type,
        columns: on,
        isValidated: !notValid,
        ...(references ? { references: renderName(references.table) } : {}),
        ...(expression ? { expression: expression.sql } : {}),
      };
      const column = type === 'not null' ? columns[on[0] ?? ''] : undefined;
      return {
        constraints: { ...constraints, [change.constraint]: added },
        columns: column ? { ...columns, [on[0] ?? '']: { ...column, notNull: true } } : columns,
      };
    }
    case 'validate constraint': {
      const found = constraints[change.constraint];
      return found ? { constraints: { ...constraints, [change.constraint]: { ...found, isValidated: true } } } : {};
    }
    case 'create index': {
      const added = { isValid: true, isUnique: change.unique, columns: change.columns, definition: '' };
      return { indexes: { ...indexes, [change.index]: added } };
    }
    default:
      return {};
  }
}
