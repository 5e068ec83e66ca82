/** What the rules for columns and constraints share: the words of an `alter table`, its locks, what the facts prove. */
import type { TableFacts } from '../catalog/facts.ts';
import type { LockMode, TableLock } from '../plan/plan.ts';
import { type Expression, type ObjectName, quoteName, renderName } from '../statement/change.ts';
import { readTokens, type Token, textBetween } from '../statement/tokens.ts';
import { isNewTable, type RuleContext } from './rule.ts';

export interface AlterTableText {
  /** `alter table [if exists] [only] "name"` */
  readonly head: string;
  readonly isOnly: boolean;
  /** What follows the name of the table. */
  readonly rest: readonly Token[];
}

/** Takes the text of an `alter table` of one command. */
export function readAlterTableText(sql: string, table: ObjectName): AlterTableText {
  const tokens = readTokens(sql);
  let at = 2;
  const options = new Set<string>();
  for (let word = tokens[at]?.word; word && ['if', 'exists', 'only'].includes(word); word = tokens[++at]?.word) {
    options.add(word);
  }
  while (tokens[at + 1]?.text === '.') {
    at += 2;
  }
  const end = tokens[at + 1]?.text === '*' ? at + 2 : at + 1;
  const isOnly = options.has('only');
  const head = `alter table ${options.has('if') ? 'if exists ' : ''}${isOnly ? 'only ' : ''}${quoteName(table)}`;
  return { head, isOnly, rest: tokens.slice(end) };
}

/** `check (a > 0) no inherit`: what follows `add [constraint name]`, as written. */
export function readConstraintText(sql: string, table: ObjectName): string {
  const { rest } = readAlterTableText(sql, table);
  const start = rest[1]?.word === 'constraint' ? 3 : 1;
  return textBetween(sql, rest[start], rest.at(-1));
}

/** PostgreSQL 18: `not enforced`. Read from the words: with a column it is an attribute of its own. H31. */
export function isNotEnforced(sql: string): boolean {
  return readTokens(sql).some(
    ({ depth, word }, index, tokens) => depth === 0 && word === 'enforced' && tokens[index - 1]?.word === 'not',
  );
}

/** True when the value differs from row to row. Says pg_proc, not a list of words (H33); a function that nobody knows counts as volatile. */
export function isVolatile(value: Expression | undefined, { facts }: RuleContext): boolean {
  const functions = value?.functions ?? [];
  return functions.some(name => {
    const ofCatalog = name.schema === 'pg_catalog' ? facts.volatility[name.name] : undefined;
    return (facts.volatility[renderName(name)] ?? ofCatalog ?? 'v') === 'v';
  });
}

/** The table as messages name it. */
export function shown(table: ObjectName): string {
  return `"${renderName(table)}"`;
}

/** The locks on tables that others can see, each table once. */
export function locksOn(tables: readonly ObjectName[], mode: LockMode, context: RuleContext): TableLock[] {
  const names = tables.filter(table => !isNewTable(table, context)).map(renderName);
  return [...new Set(names)].map(table => ({ table, mode }));
}

/**
 * True when PostgreSQL need not look at the rows to know that `column` holds no null: it is not null, or a validated check says
 * so. An un-validated not-null constraint of PostgreSQL 18 shows as not null all the same (H23, H24).
 */
export function isProvenNotNull(facts: TableFacts | undefined, column: string): boolean {
  const constraints = Object.values(facts?.constraints ?? {});
  const isOpen = constraints.some(
    ({ type, columns, isValidated }) => type === 'not null' && !isValidated && columns.includes(column),
  );
  return (
    (facts?.columns[column]?.notNull === true && !isOpen) ||
    constraints.some(
      ({ type, isValidated, expression = '' }) =>
        type === 'check' && isValidated && impliesNotNull(readTokens(expression), column),
    )
  );
}

/** `c is not null`, also in brackets or as one of several conditions joined by `and`. */
function impliesNotNull(tokens: readonly Token[], column: string): boolean {
  const [first, last] = [tokens[0], tokens.at(-1)];
  const depth = Math.min(...tokens.map(token => token.depth));
  const outer = tokens.filter(token => token.depth === depth);
  if (first?.text === '(' && last?.text === ')' && outer.length === 2) {
    return impliesNotNull(tokens.slice(1, -1), column);
  }
  if (outer.some(({ word }) => word === 'or' || word === 'between')) {
    return false;
  }
  const cut = tokens.findIndex(token => token.depth === depth && token.word === 'and');
  if (cut >= 0) {
    return impliesNotNull(tokens.slice(0, cut), column) || impliesNotNull(tokens.slice(cut + 1), column);
  }
  const [name, ...test] = tokens.map(({ word }) => word);
  return test.join(' ') === 'is not null' && (name === column || name === `"${column.replaceAll('"', '""')}"`);
}
