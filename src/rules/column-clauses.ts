/** The definition of a column cut into its clauses, so that each constraint written with it can go its own way. */
import type { ObjectName } from '../statement/change.ts';
import { nameIn, type Token, textBetween } from '../statement/tokens.ts';
import { readAlterTableText } from './alter-table.ts';

export interface ColumnText {
  /** With storage and compression, where they are given. */
  readonly type: string;
  readonly clauses: readonly ColumnClause[];
}

export interface ColumnClause {
  /** Its first word: `not null`, `default`, `check`, `unique`, `primary`, `references`, `generated`, `collate`, `null`. */
  readonly kind: string;
  /** With the attributes behind it: `references t (id) on delete cascade deferrable`. Without its constraint's name. */
  readonly text: string;
  /** As the catalog has it. */
  readonly name?: string;
}

/** Takes the text of an `alter table … add column …`. https://www.postgresql.org/docs/current/sql-altertable.html */
export function readColumnText(sql: string, table: ObjectName): ColumnText {
  const { rest } = readAlterTableText(sql, table);
  const tokens = rest.slice(beforeType(rest));
  const starts = tokens.flatMap((_token, index) => (startsClause(tokens, index) ? [index] : []));
  const cuts = [...starts, tokens.length];
  const clauses: ColumnClause[] = [];
  let name: string | undefined;
  for (const [index, start] of starts.entries()) {
    const clause = tokens.slice(start, cuts[index + 1]);
    const [first, second] = clause;
    if (first?.word === 'constraint') {
      name = nameIn(second);
      continue;
    }
    const kind = first?.word === 'not' ? 'not null' : (first?.word ?? '');
    clauses.push({ kind, text: textBetween(sql, first, clause.at(-1)), ...(name === undefined ? {} : { name }) });
    name = undefined;
  }
  return { type: textBetween(sql, tokens[0], tokens[(starts[0] ?? tokens.length) - 1]), clauses };
}

/** Behind `add [column] [if not exists] name`. */
function beforeType(rest: readonly Token[]): number {
  let at = rest[1]?.word === 'column' ? 2 : 1;
  if (rest[at]?.word === 'if' && rest[at + 1]?.word === 'not') {
    at += 3;
  }
  return at + 1;
}

const FIRST_WORDS = [
  'constraint',
  'default',
  'check',
  'unique',
  'primary',
  'references',
  'generated',
  'collate',
  'null',
];

/** These words are reserved, but some also stand within a clause: `on delete set null`, `by default as identity`, `default null`. */
function startsClause(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  const before = tokens[index - 1]?.word ?? '';
  if (!token || token.depth > 0 || ['set', 'by', 'default', 'constraint', 'not'].includes(before)) {
    return false;
  }
  return FIRST_WORDS.includes(token.word) || (token.word === 'not' && tokens[index + 1]?.word === 'null');
}
