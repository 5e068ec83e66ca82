import { constraintName } from '../catalog/generated-names.ts';
import type { Step } from '../plan/plan.ts';
import { type ChangeOf, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import { nameIn, readTokens, type Token, textBetween } from '../statement/tokens.ts';
import { isProvenNotNull, locksOn, readAlterTableText, readConstraintText, shown } from './alter-table.ts';
import { notNullSteps } from './not-null.ts';
import { findTable, online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';

const id = 'unique-constraint';

type AddConstraint = ChangeOf<'add constraint'>;

/** A unique or primary key builds its index under ACCESS EXCLUSIVE; `using index` takes one that is there. H07, H14, H16. */
export const uniqueConstraint: Rule = {
  id,
  title: 'A unique constraint or primary key of an existing table takes an index that was built concurrently',
  judge({ sql, change }, context) {
    if (change.kind !== 'add constraint' || !['unique', 'primary key'].includes(change.definition.type)) {
      return undefined;
    }
    const { table, definition } = change;
    const locks = locksOn([table], 'ACCESS EXCLUSIVE', context);
    if (findTable(table, context)?.kind === 'partitioned') {
      // on only: an invalid index of the parent, at once
      return readAlterTableText(sql, table).isOnly ? online({ sql, rule: id, locks }) : refusePartitioned(change);
    }
    const first = definition.type === 'primary key' ? openColumns(change, context) : [];
    const proofs = first.flatMap(column => notNullSteps({ table, column }, context));
    if (definition.index !== undefined) {
      return first.length === 0
        ? online({ sql, rule: id, locks })
        : replaceKeyOverNulls(first, { sql, change, steps: [...proofs, step({ sql, rule: id, locks })] });
    }
    return {
      kind: 'replace',
      happens: `PostgreSQL builds the index of the constraint under an ACCESS EXCLUSIVE lock on ${shown(table)}.`,
      hurts: `Every read and write of ${shown(table)} waits until the index is built.`,
      steps: [...proofs, ...indexAndConstraint({ sql, change }, context)],
    };
  },
};

function indexAndConstraint({ sql, change }: { sql: string; change: AddConstraint }, context: RuleContext): Step[] {
  const { table, definition } = change;
  const { included } = readKey(readConstraintText(sql, table));
  // PostgreSQL names the constraint after the included columns too
  const named = { ...definition, columns: [...definition.columns, ...included] };
  const name = constraintName(named, table, context.facts);
  const { create, attributes } = indexOfKey({ sql, change }, name);
  const { head } = readAlterTableText(sql, table);
  return [
    step({
      sql: create,
      rule: id,
      locks: locksOn([table], 'SHARE UPDATE EXCLUSIVE', context),
      transactional: false,
      scans: true,
      hazards: [`The build fails on duplicate values of ${definition.columns.map(quoteIdentifier).join(', ')}.`],
    }),
    step({
      sql: `${head} add constraint ${quoteIdentifier(name)} ${definition.type} using index ${quoteIdentifier(name)} ${attributes}`.trim(),
      rule: id,
      locks: locksOn([table], 'ACCESS EXCLUSIVE', context),
    }),
  ];
}

/** The statement that builds the index of a key without blocking anybody, and what is then to be said of the constraint: `deferrable`. */
export function indexOfKey(
  { sql, change }: { readonly sql: string; readonly change: AddConstraint },
  name: string,
): { readonly create: string; readonly attributes: string } {
  const { elements, attributes } = readKey(readConstraintText(sql, change.table));
  const [index, table] = [quoteIdentifier(name), quoteName(change.table)];
  return { create: `create unique index concurrently if not exists ${index} on ${table} ${elements}`, attributes };
}

interface Key {
  readonly elements: string;
  readonly attributes: string;
  readonly included: readonly string[];
}

/**
 * `unique [nulls [not] distinct] (…) [include (…)] [with (…)] [using index tablespace …] [deferrable …]` in the order that
 * `create index` wants. https://www.postgresql.org/docs/current/sql-createindex.html
 */
function readKey(text: string): Key {
  const tokens = readTokens(text);
  const open = tokens.findIndex(token => token.text === '(');
  const nulls = textBetween(
    text,
    tokens.slice(0, open).find(token => token.word === 'nulls'),
    tokens[open - 1],
  );
  const columns = group(text, tokens, open);
  let at = columns.next;
  let include = '';
  let included: string[] = [];
  let storage = '';
  if (tokens[at]?.word === 'include') {
    const found = group(text, tokens, at + 1);
    include = `include ${found.text}`;
    included = tokens.slice(at + 2, found.next - 1).flatMap(token => (token.text === ',' ? [] : [nameIn(token)]));
    at = found.next;
  }
  if (tokens[at]?.word === 'with') {
    const found = group(text, tokens, at + 1);
    storage = `with ${found.text}`;
    at = found.next;
  }
  const hasTablespace = tokens[at]?.word === 'using';
  const tablespace = hasTablespace ? `tablespace ${tokens[at + 3]?.text}` : '';
  const attributes = textBetween(text, tokens[at + (hasTablespace ? 4 : 0)], tokens.at(-1));
  const parts = [columns.text, include, nulls, storage, tablespace];
  return { elements: parts.filter(part => part !== '').join(' '), attributes, included };
}

/** From the bracket at `open` to the one that closes it. */
function group(text: string, tokens: readonly Token[], open: number): { readonly text: string; readonly next: number } {
  const depth = tokens[open]?.depth;
  const close = tokens.findIndex((token, index) => index > open && token.text === ')' && token.depth === depth);
  return { text: textBetween(text, tokens[open], tokens[close]), next: close + 1 };
}

/** The columns of a key that PostgreSQL would have to look through for nulls. H16. */
function openColumns({ table, definition }: AddConstraint, context: RuleContext): string[] {
  const facts = findTable(table, context);
  const index = definition.index === undefined ? undefined : renderName({ ...table, name: definition.index });
  const columns = index === undefined ? definition.columns : (facts?.indexes[index]?.columns ?? []);
  return columns.filter(column => !isProvenNotNull(facts, column));
}

function replaceKeyOverNulls(
  columns: readonly string[],
  { change, steps }: { readonly sql: string; readonly change: AddConstraint; readonly steps: readonly Step[] },
): Verdict {
  const table = shown(change.table);
  return {
    kind: 'replace',
    happens: `PostgreSQL reads all of ${table} under an ACCESS EXCLUSIVE lock to see that ${columns.map(quoteIdentifier).join(', ')} hold no null.`,
    hurts: `Every read and write of ${table} waits until it has read the last row.`,
    steps,
  };
}

function refusePartitioned({ table, definition }: AddConstraint): Verdict {
  const columns = definition.columns.map(quoteIdentifier).join(', ');
  return {
    kind: 'refuse',
    happens: `${shown(table)} is partitioned, and PostgreSQL builds no index of a partitioned table concurrently.`,
    hurts: `Every read and write of ${shown(table)} and its partitions waits until the indexes are built.`,
    remedy: [
      `alter table only ${quoteName(table)} add constraint … ${definition.type} (${columns}), which is instant;`,
      'then for each partition: create unique index concurrently …, alter table … add constraint … using index …,',
      'and alter index … attach partition …',
    ],
  };
}
