/** SQL text in, statements and their changes out, by PostgreSQL's own parser. Pure but for loading the parser once. */
import type { Change } from './change.ts';
import { loadParser } from './parser.ts';

export interface Statement {
  /** The statement's own text, without the semicolon. */
  readonly sql: string;
  readonly changes: readonly Change[];
}

/**
 * Splits SQL into its statements and says what each changes.
 * @throws libpg-query's SqlError (with the position) where PostgreSQL 18 would report a syntax error.
 */
export async function readStatements(sql: string): Promise<Statement[]> {
  if (sql.trim() === '') {
    return [];
  }
  const { parse, readChanges } = await loadParser();
  const { stmts = [] } = await parse(sql);
  const bytes = Buffer.from(sql);
  return stmts.map(({ stmt, stmt_location: start = 0, stmt_len: length }) => ({
    // the parser counts bytes, JavaScript counts UTF-16 units
    sql: bytes
      .subarray(start, length === undefined ? undefined : start + length)
      .toString()
      .trim(),
    changes: stmt ? readChanges(stmt) : [],
  }));
}

/**
 * The same with every `alter table` of several commands split into one statement a command, in its own words: each can
 * then be judged, and run, by itself.
 */
export async function readOperations(sql: string): Promise<Statement[]> {
  const operations: Statement[] = [];
  for (const statement of await readStatements(sql)) {
    const parts = statement.changes.length > 1 ? await splitAlterTable(statement) : [statement];
    operations.push(...parts);
  }
  return operations;
}

async function splitAlterTable(statement: Statement): Promise<Statement[]> {
  const { scan } = await loadParser();
  const { tokens } = await scan(statement.sql);
  if (tokens[0]?.text.toLowerCase() !== 'alter' || tokens[1]?.text.toLowerCase() !== 'table') {
    return [statement];
  }
  const bytes = Buffer.from(statement.sql);
  const head = endOfTableName(tokens);
  const cuts = [head, ...topLevelCommas(tokens, head), bytes.length];
  const prefix = bytes.subarray(0, head);
  const parts = cuts.slice(1).map((end, index) => {
    const start = (cuts[index] ?? 0) + (index === 0 ? 0 : 1);
    return `${prefix} ${bytes.subarray(start, end).toString().trim()}`;
  });
  return parts.length === statement.changes.length
    ? (await Promise.all(parts.map(readStatements))).flat()
    : [statement];
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Behind `alter table [if exists] [only] name [.name] [*]`. */
function endOfTableName(tokens: readonly Token[]): number {
  let at = 2;
  while (['if', 'exists', 'only'].includes(tokens[at]?.text.toLowerCase() ?? '')) {
    at++;
  }
  while (tokens[at + 1]?.text === '.') {
    at += 2;
  }
  return (tokens[at + 1]?.text === '*' ? tokens[at + 1] : tokens[at])?.end ?? 0;
}

function topLevelCommas(tokens: readonly Token[], from: number): number[] {
  let depth = 0;
  return tokens.flatMap(({ text, start }) => {
    depth += text === '(' || text === '[' ? 1 : text === ')' || text === ']' ? -1 : 0;
    return start >= from && depth === 0 && text === ',' ? [start] : [];
  });
}
