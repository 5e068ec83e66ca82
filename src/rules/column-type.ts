import type { ConstraintFacts, TableFacts } from '../catalog/facts.ts';
import type { Step, TableLock } from '../plan/plan.ts';
import { type ChangeOf, type Expression, quoteIdentifier, renderName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { locksOn, readAlterTableText, shown } from './alter-table.ts';
import { isBinaryCompatible, isSameType } from './binary-compatible.ts';
import {
  refuseForDependents,
  refuseForIndexes,
  refuseGenerated,
  refuseRewrite,
  refuseUnknown,
  type TypeChange,
} from './column-type-refusals.ts';
import { findColumn, findTable, online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';
import { hasWords } from './words.ts';

const id = 'column-type';

/**
 * A change of type writes the table anew, unless it is one that leaves the bytes of every value as they are; and even then it
 * reads the table to check it, and builds some indexes anew. H37 to H43.
 */
export const columnType: Rule = {
  id,
  title: 'A column gets another type in place only if no row and no index has to be written',
  judge({ sql, change }, context) {
    if (change.kind !== 'alter column' || change.alteration.to !== 'type') {
      return undefined;
    }
    const { table, column, alteration } = change;
    const facts = findTable(table, context);
    const live = findColumn(table, column, context);
    if (!facts || !live) {
      return refuseUnknown(change);
    }
    const typeChange = { table, column, from: live.type, to: alteration.type };
    const isPlain = isPlainCast(alteration, column) && !hasWords(sql, 'collate');
    if (!isPlain || !isBinaryCompatible(live.type, alteration.type) || live.isGenerated) {
      return live.isGenerated ? refuseGenerated(typeChange) : refuseRewrite(typeChange, { isPlain });
    }
    return judgeInPlace(sql, typeChange, context);
  },
};

function judgeInPlace(sql: string, change: TypeChange, context: RuleContext): Verdict {
  const { table, column } = change;
  const facts = findTable(table, context);
  const rebuilt = Object.entries(facts?.indexes ?? {}).filter(([, index]) => isRebuilt(index, column));
  if (facts && facts.dependents.length > 0) {
    return refuseForDependents(change, facts.dependents);
  }
  if (rebuilt.length > 0) {
    return refuseForIndexes(change, Object.fromEntries(rebuilt));
  }
  const alter = step({ sql, rule: id, locks: locksOf(change, context) });
  const checks = Object.entries(facts?.constraints ?? {}).filter(([, constraint]) => isChecked(constraint, column));
  if (checks.length === 0) {
    return online(alter);
  }
  const names = checks.map(([name]) => `"${name}"`).join(', ');
  return {
    kind: 'replace',
    happens: `PostgreSQL checks ${names} on every row of ${shown(table)} again, under an ACCESS EXCLUSIVE lock.`,
    hurts: `Every read and write of ${shown(table)} waits until it has checked the last row.`,
    steps: aroundChecks(alter, checks, change, context),
  };
}

/** The checks go, and come back not valid: then they are checked while reads and writes go on. H39. */
function aroundChecks(
  alter: Step,
  checks: readonly (readonly [name: string, check: ConstraintFacts])[],
  { table }: TypeChange,
  context: RuleContext,
): Step[] {
  const { head } = readAlterTableText(alter.sql, table);
  const locks = locksOn([table], 'ACCESS EXCLUSIVE', context);
  const drops = checks.map(([name]) =>
    step({ sql: `${head} drop constraint if exists ${quoteIdentifier(name)}`, rule: id, locks }),
  );
  const adds = checks.map(([name, { expression = '' }]) =>
    step({ sql: `${head} add constraint ${quoteIdentifier(name)} check (${expression}) not valid`, rule: id, locks }),
  );
  const validation = { locks: locksOn([table], 'SHARE UPDATE EXCLUSIVE', context), transactional: false, scans: true };
  const validations = checks.map(([name]) =>
    step({ sql: `${head} validate constraint ${quoteIdentifier(name)}`, rule: id, ...validation }),
  );
  return [...drops, alter, ...adds, ...validations];
}

/** No `using`, or one that says nothing more: the column itself, or a cast of it to the very type. */
export function isPlainCast(
  { using, type }: Extract<ChangeOf<'alter column'>['alteration'], { to: 'type' }>,
  column: string,
): boolean {
  if (!using || isColumn(using.sql, column)) {
    return true;
  }
  const [, value = '', cast = ''] = /^CAST\((.+) AS (.+)\)$/.exec(using.sql) ?? /^(.+)::(.+)$/.exec(using.sql) ?? [];
  return isColumn(value, column) && isSameType(cast, type);
}

function isColumn(sql: Expression['sql'], column: string): boolean {
  return sql === column || sql === quoteIdentifier(column);
}

/** One that is not valid stays so, unread. */
function isChecked({ type, columns, isValidated, expression = '' }: ConstraintFacts, column: string): boolean {
  return type === 'check' && isValidated && (columns.includes(column) || names(expression, column));
}

/** CheckIndexCompatible of src/backend/commands/indexcmds.c keeps no index with an expression or predicate, and no invalid one. */
function isRebuilt({ definition, isValid }: TableFacts['indexes'][string], column: string): boolean {
  const tokens = readTokens(definition);
  const hasExpression = tokens.some(({ text, depth }) => text === '(' && depth > 0);
  const isPartial = tokens.some(({ word, depth }) => word === 'where' && depth === 0);
  return names(definition, column) && (hasExpression || isPartial || !isValid);
}

function names(sql: string, column: string): boolean {
  return readTokens(sql).some(({ text }) => isColumn(text, column));
}

/** The foreign keys of the column, and those of others to it, are made anew, without a look at the rows: a lock on these tables too. */
function locksOf({ table, column }: TypeChange, context: RuleContext): TableLock[] {
  const own = findTable(table, context)?.constraints ?? {};
  const isKey = Object.values(own).some(
    ({ type, columns }) => (type === 'primary key' || type === 'unique') && columns.includes(column),
  );
  const parents = Object.values(own).flatMap(({ references, columns }) =>
    references !== undefined && columns.includes(column) ? [references] : [],
  );
  const children = Object.entries(context.facts.tables).flatMap(([name, { constraints }]) =>
    isKey && Object.values(constraints).some(({ references }) => references === renderName(table)) ? [name] : [],
  );
  const others = [...new Set([...parents, ...children])].filter(name => name !== renderName(table));
  return [
    ...locksOn([table], 'ACCESS EXCLUSIVE', context),
    ...others.map(name => ({ table: name, mode: 'ACCESS EXCLUSIVE' }) as const),
  ].filter(lock => !context.newTables.has(lock.table));
}
