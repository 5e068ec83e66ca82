/** Foreign keys taken out of a `create table` or `add column`, so that they can come after it. The rest keeps its own words. */
import { constraintName } from '../catalog/generated-names.ts';
import { type Constraint, type ObjectName, quoteIdentifier } from '../statement/change.ts';
import { readTokens, type Token, textBetween } from '../statement/tokens.ts';
import type { RuleContext } from './rule.ts';

export interface ForeignKeysApart {
  /** The statement without them. */
  readonly sql: string;
  /** `foreign key (…) references …`, with the name they get. */
  readonly foreignKeys: readonly { readonly name: string; readonly clause: string; readonly references: ObjectName }[];
}

export interface ForeignKeysToTake {
  readonly table: ObjectName;
  /** All foreign keys of the statement, as the parser gives them: those of columns first. */
  readonly definitions: readonly Constraint[];
  readonly isTaken: (references: ObjectName) => boolean;
}

/** One foreign key as it is written: the tokens that go, and where `references` is among them. */
interface Written {
  readonly from: number;
  readonly to: number;
  readonly references: number;
  readonly ofTable: boolean;
}

/** @returns undefined when the text does not hold the foreign keys that the parser sees. */
export function takeForeignKeysApart(
  sql: string,
  { table, definitions, isTaken }: ForeignKeysToTake,
  context: RuleContext,
): ForeignKeysApart | undefined {
  const tokens = readTokens(sql);
  const found = findReferences(tokens);
  const inOrder = [...found.filter(({ ofTable }) => !ofTable), ...found.filter(({ ofTable }) => ofTable)];
  if (inOrder.length !== definitions.length) {
    return undefined;
  }
  const taken = inOrder.flatMap((written, index) => {
    const definition = definitions[index];
    return definition?.references && isTaken(definition.references.table)
      ? [{ written, definition, references: definition.references.table }]
      : [];
  });
  return {
    sql: without(
      sql,
      taken.map(({ written }) => cutOf(tokens, written)),
    ),
    foreignKeys: taken.map(({ written, definition, references }) => ({
      name: constraintName(definition, table, context.facts),
      clause: `foreign key (${definition.columns.map(quoteIdentifier).join(', ')}) ${textBetween(sql, tokens[written.references], tokens[written.to])}`,
      references,
    })),
  };
}

/** `references` is reserved: as a word it is always a foreign key. https://www.postgresql.org/docs/current/sql-keywords-appendix.html */
function findReferences(tokens: readonly Token[]): Written[] {
  return tokens.flatMap(({ word }, references) => {
    if (word !== 'references') {
      return [];
    }
    const foreign = tokens[references - 1]?.text === ')' ? startOfForeignKey(tokens, references) : undefined;
    const start = foreign ?? references;
    const from = tokens[start - 2]?.word === 'constraint' ? start - 2 : start;
    return [{ from, to: endOfReferences(tokens, references), references, ofTable: foreign !== undefined }];
  });
}

/** Of `foreign key (…) references`; a column's `check (…) references …` ends in a bracket too. */
function startOfForeignKey(tokens: readonly Token[], references: number): number | undefined {
  const depth = tokens[references]?.depth;
  const open = tokens.findLastIndex((token, at) => at < references && token.text === '(' && token.depth === depth);
  return tokens[open - 1]?.word === 'key' && tokens[open - 2]?.word === 'foreign' ? open - 2 : undefined;
}

/** Two words or more that may follow in any order; the last token of the clause. */
function endOfReferences(tokens: readonly Token[], references: number): number {
  const word = (at: number): string => tokens[at]?.word ?? '';
  let at = references + 1;
  while (word(at + 1) === '.') {
    at += 2;
  }
  at = endOfBrackets(tokens, at);
  for (;;) {
    if (word(at + 1) === 'on') {
      at += ['no', 'set'].includes(word(at + 3)) ? 4 : 3;
      at = endOfBrackets(tokens, at);
    } else if (word(at + 1) === 'match' || word(at + 1) === 'initially') {
      at += 2;
    } else if (word(at + 1) === 'not' && ['deferrable', 'valid', 'enforced'].includes(word(at + 2))) {
      at += 2;
    } else if (word(at + 1) === 'deferrable' || word(at + 1) === 'enforced') {
      at += 1;
    } else {
      return at;
    }
  }
}

function endOfBrackets(tokens: readonly Token[], at: number): number {
  const open = tokens[at + 1];
  return open?.text === '('
    ? tokens.findIndex((token, index) => index > at + 1 && token.text === ')' && token.depth === open.depth)
    : at;
}

/** What goes, in characters: a table's foreign key with the comma before or behind it. */
function cutOf(tokens: readonly Token[], { from, to, ofTable }: Written): readonly [start: number, end: number] {
  const before = tokens[from - 1];
  const after = tokens[to + 1];
  if (ofTable && before?.text !== ',' && after?.text === ',') {
    return [tokens[from]?.start ?? 0, tokens[to + 2]?.start ?? after.end];
  }
  const start = ofTable && before?.text === ',' ? tokens[from - 2]?.end : before?.end;
  return [start ?? 0, tokens[to]?.end ?? 0];
}

function without(sql: string, cuts: readonly (readonly [start: number, end: number])[]): string {
  const ordered = cuts.toSorted(([a], [b]) => b - a);
  return ordered.reduce((text, [start, end]) => text.slice(0, start) + text.slice(end), sql);
}
