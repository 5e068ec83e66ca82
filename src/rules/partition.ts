import type { LockMode, TableLock } from '../plan/plan.ts';
import { type ChangeOf, quoteName } from '../statement/change.ts';
import { nameIn, readTokens } from '../statement/tokens.ts';
import { locksOn, shown } from './alter-table.ts';
import { attachLocks, boundOf, defaultLocks, refuseAttach, unique } from './attach-partition.ts';
import { foreignKeysOf, foreignKeysTo, tablesReferring } from './drops.ts';
import { findTable, isEmptyTable, online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';
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
        return isIndexAttach(sql, change) ? online({ sql, rule: id, locks: indexLocks(sql, context) }) : undefined;
      default:
        return undefined;
    }
  },
};

function judgeAttach(sql: string, change: ChangeOf<'attach partition'>, context: RuleContext): Verdict {
  const tokens = readTokens(sql);
  const { table, partition: child } = change;
  const attachment = { table, partition: child, bound: tokens.slice(boundOf(tokens)) };
  const refused = refuseAttach(attachment, context);
  const hazards = isEmptyTable(child, context)
    ? []
    : [`PostgreSQL reads all of ${shown(child)} under the lock if its check does not prove the bounds.`];
  return refused ?? online({ sql, rule: id, locks: attachLocks(attachment, context), hazards });
}

/** Concurrently, which PostgreSQL cannot do while there is a default partition: then as it is, a change of the catalog alone. */
function judgeDetach(sql: string, change: ChangeOf<'detach partition'>, context: RuleContext): Verdict {
  const { table, partition: child, concurrently } = change;
  const referring = tablesReferring(table, context);
  if (referring.length > 0) {
    return refuseReferred(change, referring, context);
  }
  const hasDefault = findTable(table, context)?.defaultPartition !== undefined;
  const hazards = [`No query of ${shown(table)} finds the rows of ${shown(child)} any more.`];
  const plain = `alter table ${quoteName(table)} detach partition ${quoteName(child)}`;
  if (hasDefault) {
    return concurrently
      ? {
          kind: 'refuse',
          happens: `PostgreSQL detaches nothing concurrently while ${shown(table)} has a default partition.`,
          hurts: 'The migration stops there, with what stands before it done.',
          remedy: [plain],
        }
      : online({ sql, rule: id, phase: 'contract', hazards, locks: detachLocks(change, 'ACCESS EXCLUSIVE', context) });
  }
  const locks = detachLocks(change, 'SHARE UPDATE EXCLUSIVE', context);
  const sure = `${plain} concurrently`;
  const detach = step({ sql: sure, rule: id, phase: 'contract', transactional: false, locks, hazards });
  return concurrently
    ? online({ ...detach, sql })
    : {
        kind: 'replace',
        happens: `PostgreSQL takes an ACCESS EXCLUSIVE lock on ${shown(table)} and on ${shown(child)}.`,
        hurts: `Every read and write of ${shown(table)}, in all its partitions, waits behind it.`,
        steps: [detach],
      };
}

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION: no row may refer to its rows. */
function refuseReferred(
  { table, partition: child }: ChangeOf<'detach partition'>,
  referring: readonly string[],
  context: RuleContext,
): Verdict {
  const names = referring.map(name => `"${name}"`).join(', ');
  return {
    kind: 'refuse',
    happens: `PostgreSQL looks for rows of ${names} that refer to ${shown(child)}, under locks on them and on ${shown(table)}.`,
    hurts: `Every write of ${names} waits until it has read the last row.`,
    remedy: [
      ...foreignKeysTo(table, context).map(key => `drop the foreign key ${key}, in a statement of its own;`),
      'then detach; add the foreign key again not valid, and validate it',
    ],
  };
}

function detachLocks(
  { table, partition: child }: ChangeOf<'detach partition'>,
  mode: LockMode,
  context: RuleContext,
): TableLock[] {
  const parents = foreignKeysOf(table, context).map(({ parent }) => parent);
  return unique([
    ...locksOn([table], mode, context),
    ...locksOn([child], 'ACCESS EXCLUSIVE', context),
    ...defaultLocks(table, context),
    ...locksOn(parents, 'SHARE ROW EXCLUSIVE', context),
  ]);
}

function isIndexAttach(sql: string, { statement }: ChangeOf<'other'>): boolean {
  return statement === 'AlterTableStmt OBJECT_INDEX' && indexOfWords(readTokens(sql), 'attach partition') >= 0;
}

/** On the table of the index alone; but that index is locked against whoever plans a query of the table, and so it is not waited for long. */
function indexLocks(sql: string, { facts, newTables }: RuleContext): TableLock[] {
  const tokens = readTokens(sql);
  const first = tokens[2]?.word === 'if' ? 4 : 2;
  const names = tokens
    .slice(first, tokens[first + 1]?.text === '.' ? first + 3 : first + 1)
    .filter(({ text }) => text !== '.');
  const index = names
    .map(nameIn)
    .join('.')
    .replace(/^public\./, '');
  const own = nameIn(names.at(-1));
  const keyed = Object.entries(facts.tables).filter(
    ([, { kind, constraints }]) => kind === 'partitioned' && own in constraints,
  );
  const table = facts.indexes[index] ?? keyed[0]?.[0];
  return table === undefined || newTables.has(table) ? [] : [{ table, mode: 'ACCESS SHARE' }];
}
