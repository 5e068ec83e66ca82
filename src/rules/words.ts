/** What the parser's facts do not say, read from the words of a statement. */
import type { LockMode, TableLock } from '../plan/plan.ts';
import { type ObjectName, renderName } from '../statement/change.ts';
import { readTokens, type Token } from '../statement/tokens.ts';
import type { RuleContext } from './rule.ts';

/** `create table … as select`; outside of brackets `as` stands nowhere else. */
export function isMadeFromQuery(sql: string): boolean {
  return hasWords(sql, 'as');
}

/** The tables of `inherits (…)`. */
export function parentsOf(sql: string): ObjectName[] {
  const tokens = readTokens(sql);
  const at = tokens.findIndex(({ word, depth }) => word === 'inherits' && depth === 0);
  const end = tokens.findIndex(({ text, depth }, index) => index > at && text === ')' && depth === 0);
  return at < 0 ? [] : splitAtCommas(tokens.slice(at + 2, end)).map(readObjectName);
}

/** The tables of `(like t including all)`. */
export function tablesLike(sql: string): ObjectName[] {
  const tokens = readTokens(sql);
  return tokens.flatMap(({ word, depth }, at) =>
    word === 'like' && depth === 1 && ['(', ','].includes(tokens[at - 1]?.text ?? '')
      ? [readObjectName(tokens.slice(at + 1))]
      : [],
  );
}

/** True when a `with` inserts, updates or deletes: `with gone as (delete from …) select …`. */
export function hasWrites(sql: string): boolean {
  return readTokens(sql).some(
    ({ word }, at, tokens) =>
      ['insert', 'update', 'delete', 'merge'].includes(word) &&
      tokens[at - 1]?.text === '(' &&
      ['as', 'materialized'].includes(tokens[at - 2]?.word ?? ''),
  );
}

/** True when the words follow each other outside of brackets, as keywords. */
export function hasWords(sql: string, words: string): boolean {
  return indexOfWords(readTokens(sql), words) >= 0;
}

/** Where the words begin that follow each other outside of brackets; -1 where they do not. */
export function indexOfWords(tokens: readonly Token[], words: string): number {
  const wanted = words.split(' ');
  return tokens.findIndex((_token, start) =>
    wanted.every((word, at) => tokens[start + at]?.word === word && tokens[start + at]?.depth === 0),
  );
}

/** Cuts at the commas of the outermost level. */
export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const depth = Math.min(...tokens.map(token => token.depth));
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === ',' && token.depth === depth) {
      parts.push([]);
    } else {
      parts.at(-1)?.push(token);
    }
  }
  return parts;
}

/** The name that the tokens begin with: `a`, `s.a`, `"S"."a b"`. */
export function readObjectName(tokens: readonly Token[]): ObjectName {
  const first = readIdentifier(tokens[0]);
  return tokens[1]?.text === '.' ? { schema: first, name: readIdentifier(tokens[2]) } : { name: first };
}

function readIdentifier({ text, word }: Token = { text: '', word: '', start: 0, end: 0, depth: 0 }): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : word;
}

/** Tables of the database that a query names, views included. A column of a table's name counts too: rather one lock too many. */
export function tablesIn(sql: string, context: RuleContext): string[] {
  const tokens = readTokens(sql);
  const named = tokens.flatMap((token, at) =>
    tokens[at + 1]?.text === '.' && tokens[at + 2]
      ? [nameAt(tokens, at), readIdentifier(token)]
      : [readIdentifier(token)],
  );
  return [...new Set(named)].filter(name => isVisible(name, context));
}

function nameAt(tokens: readonly Token[], at: number): string {
  return renderName(readObjectName(tokens.slice(at)));
}

/** The locks on those of the named tables that are there and that others can see. */
export function locksOnNamed(tables: readonly ObjectName[], mode: LockMode, context: RuleContext): TableLock[] {
  const names = [...new Set(tables.map(renderName))];
  return names.filter(name => isVisible(name, context)).map(table => ({ table, mode }));
}

function isVisible(name: string, { facts, newTables }: RuleContext): boolean {
  return Object.hasOwn(facts.tables, name) && !newTables.has(name);
}
