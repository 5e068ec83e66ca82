/**
 * SQL text cut into tokens, for what has to be kept in its own words: what follows a constraint's name, a column's clauses. What a
 * statement means is the parser's to say; this only needs to know where words, quotes, brackets and comments end.
 */

export interface Token {
  /** As written. */
  readonly text: string;
  /** Lower case for words; a quoted identifier keeps its quotes and so is never taken for a keyword. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** How many brackets are open around it; the brackets themselves count as outside. */
  readonly depth: number;
}

/** https://www.postgresql.org/docs/current/sql-syntax-lexical.html, tried in this order. */
const FORMS = [
  /\s+/y,
  /--[^\n]*/y,
  /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y,
  /(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/y,
  /(?:[uU]&)?"(?:[^"]|"")*"/y,
  /\$((?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?\$\1\$/y,
  /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y,
  /\d[\w.]*/y,
  /[\s\S]/y,
];

/** Without white space and comments. */
export function readTokens(sql: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  for (let start = 0; start < sql.length; ) {
    const end = endOfToken(sql, start);
    const text = sql.slice(start, end);
    if (text === ')' || text === ']') {
      depth--;
    }
    if (!/^(?:\s|--|\/\*)/.test(text)) {
      tokens.push({ text, word: text.startsWith('"') ? text : text.toLowerCase(), start, end, depth });
    }
    if (text === '(' || text === '[') {
      depth++;
    }
    start = end;
  }
  return tokens;
}

/** The text from one token to another (inclusive) as written; a comment behind the last one is left out. */
export function textBetween(sql: string, first: Token | undefined, last: Token | undefined): string {
  return first && last ? sql.slice(first.start, last.end) : '';
}

/** An identifier as the catalog has it. */
export function nameIn(token: Token | undefined): string {
  const { text, word } = token ?? { text: '', word: '' };
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : word;
}

function endOfToken(sql: string, start: number): number {
  if (sql.startsWith('/*', start)) {
    return endOfComment(sql, start);
  }
  for (const form of FORMS) {
    form.lastIndex = start;
    if (form.test(sql)) {
      return form.lastIndex;
    }
  }
  return sql.length;
}

/** Block comments nest. */
function endOfComment(sql: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let open = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    open += mark[0] === '/*' ? 1 : -1;
    if (open === 0) {
      return marks.lastIndex;
    }
  }
  return sql.length;
}
