import type { TableLock } from '../plan/plan.ts';
import { type ChangeOf, quoteName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { locksOn, shown } from './alter-table.ts';
import { boundOf } from './partition-of.ts';
import { findTable, isNewTable, online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';
import { indexOfWords } from './words.ts';

const id = 'partition';

/** Attaching reads the partition unless a check proves its bounds; detaching can let everybody go on. H11, H78. */
export const partition: Rule = {
  id,
  title: 'A partition is attached with a check that proves its bounds, and detached concurrently',
  judge({ sql, change }, context) {
    switch (change.kind) {
      case 'attach partition':
        return judgeAttach(sql, change, context);
      case 'detach partition':
        return judgeDetach(sql, change, context);
      case 'alter table':
        return change.command === 'AT_DetachPartitionFinalize'
          ? online({
              sql,
              rule: id,
              transactional: false,
              locks: locksOn([change.table], 'SHARE UPDATE EXCLUSIVE', context),
            })
          : undefined;
      case 'other':
        return isIndexAttach(sql, change) ? online({ sql, rule: id }) : undefined;
      default:
        return undefined;
    }
  },
};

function judgeAttach(
  sql: string,
  { table, partition: child }: ChangeOf<'attach partition'>,
  context: RuleContext,
): Verdict {
  const facts = findTable(child, context);
  const isEmpty = isNewTable(child, context) || facts?.hasRows === false;
  if (isEmpty || hasProof(sql, child, context)) {
    const hazards = isEmpty
      ? []
      : [`PostgreSQL reads all of ${shown(child)} under the lock if its check does not prove the bounds.`];
    return online({
      sql,
      rule: id,
      locks: attachLocks(table, child, context),
      hazards: [...hazards, readsDefault(table)],
    });
  }
  return {
    kind: 'refuse',
    happens: `PostgreSQL reads all of ${shown(child)} under an ACCESS EXCLUSIVE lock to see that each row is within the bounds.`,
    hurts: `Every read and write of ${shown(child)} waits until it has read the last row.`,
    remedy: [
      `alter table ${quoteName(child)} add constraint … check (the column is not null and within the bounds) not valid;`,
      `alter table ${quoteName(child)} validate constraint …;`,
      'then attach it, and drop the check',
    ],
  };
}

/** A validated check that names each value of the bounds. PostgreSQL itself has the last word. */
function hasProof(sql: string, child: ChangeOf<'attach partition'>['partition'], context: RuleContext): boolean {
  const tokens = readTokens(sql);
  const values = tokens
    .slice(boundOf(tokens))
    .filter(({ text }) => /^['\d]/.test(text))
    .map(({ text }) => text);
  return (
    values.length > 0 &&
    Object.values(findTable(child, context)?.constraints ?? {}).some(
      ({ type, isValidated, expression = '' }) =>
        type === 'check' && isValidated && values.every(value => expression.includes(value.replace(/'$/, ''))),
    )
  );
}

function judgeDetach(
  sql: string,
  { table, partition: child, concurrently }: ChangeOf<'detach partition'>,
  context: RuleContext,
): Verdict {
  const locks = attachLocks(table, child, context);
  const detach = step({
    sql: `alter table ${quoteName(table)} detach partition ${quoteName(child)} concurrently`,
    rule: id,
    phase: 'contract',
    transactional: false,
    locks,
    hazards: [
      `No query of ${shown(table)} finds the rows of ${shown(child)} any more. With a default partition PostgreSQL refuses it.`,
    ],
  });
  return concurrently
    ? online({ ...detach, sql })
    : {
        kind: 'replace',
        happens: `PostgreSQL takes an ACCESS EXCLUSIVE lock on ${shown(table)} and on ${shown(child)}.`,
        hurts: `Every read and write of ${shown(table)}, in all its partitions, waits behind it.`,
        steps: [detach],
      };
}

type Table = ChangeOf<'attach partition'>['table'];

function attachLocks(table: Table, child: Table, context: RuleContext): TableLock[] {
  const own = locksOn([child], 'ACCESS EXCLUSIVE', context);
  return [...locksOn([table], 'SHARE UPDATE EXCLUSIVE', context), ...own];
}

function readsDefault(table: Table): string {
  return `A default partition of ${shown(table)} is read under an ACCESS EXCLUSIVE lock, unless a check of its own proves that none of its rows belongs here.`;
}

function isIndexAttach(sql: string, { statement }: ChangeOf<'other'>): boolean {
  return statement === 'AlterTableStmt OBJECT_INDEX' && indexOfWords(readTokens(sql), 'attach partition') >= 0;
}
