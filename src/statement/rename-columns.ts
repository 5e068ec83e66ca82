/** Columns in a definition as PostgreSQL prints it (pg_get_indexdef, pg_get_constraintdef, pg_get_expr). Pure. */
import { quoteIdentifier } from './change.ts';
import { nameIn, readTokens, type Token } from './tokens.ts';

/** True when the definition names the column. */
export function mentionsColumn(definition: string, column: string): boolean {
  const tokens = readTokens(definition);
  return tokens.some((token, at) => isIdentifier(token) && nameIn(token) === column && isColumnAt(tokens, at));
}

/**
 * The same definition over other columns.
 * @param names gives each its new one. @param quote how these are written; within quotes where it is not said.
 */
export function renameColumns(
  definition: string,
  names: ReadonlyMap<string, string>,
  quote: (name: string) => string = quoteIdentifier,
): string {
  const tokens = readTokens(definition);
  let renamed = '';
  let end = 0;
  for (const [at, token] of tokens.entries()) {
    const to = isIdentifier(token) && isColumnAt(tokens, at) ? names.get(nameIn(token)) : undefined;
    if (to !== undefined) {
      renamed += definition.slice(end, token.start) + quote(to);
      end = token.end;
    }
  }
  return renamed + definition.slice(end);
}

/** PostgreSQL prints its keywords in capitals and identifiers in quotes unless they are plain and in small letters. */
export function lowerKeywords(definition: string): string {
  let lowered = '';
  let end = 0;
  for (const token of readTokens(definition)) {
    if (/^[A-Z]+$/.test(token.text)) {
      lowered += definition.slice(end, token.start) + token.word;
      end = token.end;
    }
  }
  return lowered + definition.slice(end);
}

function isIdentifier({ text }: Token): boolean {
  return text.startsWith('"') || /^[a-z_\u0080-\uffff][\w$\u0080-\uffff]*$/.test(text);
}

/** Words of types that are printed in small letters: `::timestamp with time zone`, `::character varying`. */
const IN_TYPES: Readonly<Record<string, readonly string[]>> = {
  with: ['timestamp', 'time', ')'],
  without: ['timestamp', 'time', ')'],
  time: ['with', 'without'],
  zone: ['time'],
  varying: ['character', 'bit'],
};

/** A function is followed by its arguments; a type or collation stands behind its sign. */
function isColumnAt(tokens: readonly Token[], at: number): boolean {
  const [before, token, after] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  const isCall = after?.text === '(';
  const isType = before?.text === ':' && tokens[at - 2]?.text === ':';
  const isPartOfType = IN_TYPES[token?.text ?? '']?.includes(before?.text ?? '') ?? false;
  const isQualifier = after?.text === '.';
  return !isCall && !isType && !isPartOfType && !isQualifier && before?.text !== 'COLLATE';
}
