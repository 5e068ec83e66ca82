import type { LockMode, Step, TableLock } from '../plan/plan.ts';
import {
  type Change,
  type ChangeOf,
  type ObjectName,
  quoteIdentifier,
  quoteName,
  renderName,
} from '../statement/change.ts';
import { shown } from './alter-table.ts';
import { attachLocks, unique } from './attach-partition.ts';
import { type ForeignKeysApart, type ForeignKeysToTake, takeForeignKeysApart } from './foreign-keys-apart.ts';
import {
  asNew,
  findTable,
  isNewTable,
  type Operation,
  online,
  type Rule,
  type RuleContext,
  step,
  type Verdict,
} from './rule.ts';
import { isMadeFromQuery, locksOnNamed, parentsOf, tablesLike } from './words.ts';

const id = 'new-table';

/**
 * Asked first: what a migration does to a table that it has made is nobody else's business. Only a foreign key reaches out: it
 * locks the table that it references, and a `create table` holds that lock until its transaction ends. H01, H27.
 */
export const newTable: Rule = {
  id,
  title: 'A new table needs no care, but for its foreign keys to existing tables',
  judge(operation, context) {
    const { sql, change } = operation;
    if (change.kind === 'create table') {
      return judgeCreate(operation, change, context);
    }
    if (!isOnNewTable(change, context)) {
      return undefined;
    }
    if (change.kind === 'add column') {
      return judgeForeignKeys(sql, { table: change.table, constraints: change.definition.constraints }, context);
    }
    const transactional = !('concurrently' in change && change.concurrently);
    return online({ sql, rule: id, transactional });
  },
};

function judgeCreate({ sql }: Operation, change: ChangeOf<'create table'>, context: RuleContext): Verdict | undefined {
  const { table, partitionOf, ifNotExists } = change;
  const others = [...(partitionOf ? [partitionOf] : []), ...parentsOf(sql)];
  if (isMadeFromQuery(sql) || others.some(other => !isNewTable(other, context))) {
    return undefined;
  }
  if (ifNotExists && findTable(table, context)?.hasRows) {
    return {
      kind: 'refuse',
      happens: `${shown(table)} is there already and has rows: PostgreSQL does nothing here.`,
      hurts: `What the migration then does to ${shown(table)} would be taken for changes of a new table, and block it.`,
      remedy: ['leave this statement out of the migration'],
    };
  }
  return judgeForeignKeys(sql, change, context);
}

type NewConstraints = Pick<ChangeOf<'create table'>, 'table' | 'constraints' | 'isPartitioned' | 'partitionOf'>;

/** The statement as it is, or without its foreign keys to existing tables and then each of those in two steps. */
function judgeForeignKeys(
  sql: string,
  { table, constraints, isPartitioned, partitionOf }: NewConstraints,
  context: RuleContext,
): Verdict {
  const isTaken: ForeignKeysToTake['isTaken'] = references => isOther(references, table, context);
  const definitions = constraints.filter(({ type }) => type === 'foreign key');
  const parents = definitions.flatMap(({ references }) =>
    references && isTaken(references.table) ? [references.table] : [],
  );
  const locks = unique([
    ...(partitionOf ? attachLocks({ table: partitionOf, partition: table }, asNew(table, context)) : []),
    ...locksOnNamed(tablesLike(sql), 'ACCESS SHARE', context),
  ]);
  if (parents.length === 0) {
    return online({ sql, rule: id, locks });
  }
  const names = [...new Set(parents.map(shown))].join(' and ');
  const because = {
    happens: `PostgreSQL holds a SHARE ROW EXCLUSIVE lock on ${names} for the foreign key until the migration's transaction ends.`,
    hurts: `Every insert, update and delete on ${names} waits until then.`,
  };
  // https://www.postgresql.org/docs/17/sql-altertable.html: those of partitioned tables came with 18. H30.
  const mayBeNotValid = !isPartitioned || context.facts.version >= 18;
  const parts = takeForeignKeysApart(sql, { table, definitions, isTaken }, context);
  return parts
    ? {
        kind: 'replace',
        ...because,
        steps: [step({ sql: parts.sql, rule: id, locks }), ...foreignKeySteps(table, parts, { mayBeNotValid })],
      }
    : { kind: 'refuse', ...because, remedy: ['leave the foreign key out here, and add it not valid afterwards'] };
}

function foreignKeySteps(
  table: ObjectName,
  { foreignKeys }: ForeignKeysApart,
  { mayBeNotValid }: { readonly mayBeNotValid: boolean },
): Step[] {
  return foreignKeys.flatMap(({ name, clause, references }) => {
    const lock = (mode: LockMode): TableLock[] => [{ table: renderName(references), mode }];
    const alter = `alter table ${quoteName(table)}`;
    const constraint = quoteIdentifier(name);
    if (!mayBeNotValid) {
      const sql = `${alter} add constraint ${constraint} ${clause}`;
      return [step({ sql, rule: id, locks: lock('SHARE ROW EXCLUSIVE') })];
    }
    const validation = { locks: lock('ROW SHARE'), transactional: false, scans: true };
    return [
      step({
        sql: `${alter} add constraint ${constraint} ${clause} not valid`,
        rule: id,
        locks: lock('SHARE ROW EXCLUSIVE'),
      }),
      step({ sql: `${alter} validate constraint ${constraint}`, rule: id, ...validation }),
    ];
  });
}

/** Neither itself nor made in this migration. */
function isOther(references: ObjectName, table: ObjectName, context: RuleContext): boolean {
  return renderName(references) !== renderName(table) && !isNewTable(references, context);
}

/** Not what reaches out to a table that others use: that is for the rule of such a change to judge. */
function isOnNewTable(change: Change, context: RuleContext): boolean {
  switch (change.kind) {
    case 'truncate':
    case 'lock table':
      return change.tables.every(table => isNewTable(table, context));
    case 'drop index':
    case 'rename index':
      return context.newTables.has(context.facts.indexes[renderName(change.index)] ?? '');
    case 'add constraint':
      return isNewTable(change.table, context) && !reaches(change.definition.references?.table, change.table, context);
    case 'validate constraint':
    case 'drop constraint':
    case 'drop column':
    case 'drop table':
      return isNewTable(change.table, context) && parentsInFacts(change, context).length === 0;
    case 'attach partition':
      // its foreign keys reach out
      return false;
    case 'detach partition':
      return isNewTable(change.table, context) && isNewTable(change.partition, context);
    case 'insert':
      return false;
    default:
      return 'table' in change && change.table !== undefined && isNewTable(change.table, context);
  }
}

function reaches(references: ObjectName | undefined, table: ObjectName, context: RuleContext): boolean {
  return references !== undefined && isOther(references, table, context);
}

/** Existing tables that a foreign key of a new table references: what goes with the key locks them. */
function parentsInFacts(change: { readonly table: ObjectName }, context: RuleContext): string[] {
  const constraints = Object.values(findTable(change.table, context)?.constraints ?? {});
  return constraints.flatMap(({ references }) =>
    references !== undefined && references !== renderName(change.table) && !context.newTables.has(references)
      ? [references]
      : [],
  );
}
