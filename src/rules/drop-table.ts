import { type ObjectName, quoteName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { dropForeignKey, dropOneByOne, foreignKeysOf, foreignKeysTo, isPlainDrop, refuseWhileNeeded } from './drops.ts';
import { findTable, type Rule, type RuleContext, step, type Verdict } from './rule.ts';

const id = 'drop-table';

/**
 * Whether a table may go is decided by a person before; this is how it goes: its foreign keys first, since each of them locks the
 * referenced table too. H28, H48, H54.
 */
export const dropTable: Rule = {
  id,
  title: 'A table is dropped after its foreign keys, one by one, and never with what depends on it',
  judge({ sql, change }, context) {
    if (change.kind !== 'drop table') {
      return undefined;
    }
    const { table } = change;
    const facts = findTable(table, context);
    if (facts?.kind === 'partition') {
      return refusePartition(table);
    }
    const dependents = [...foreignKeysTo(table, context), ...(facts?.dependents ?? []).map(name => `"${name}"`)];
    if (dependents.length > 0) {
      return refuseWhileNeeded(shown(table), dependents);
    }
    const keys = foreignKeysOf(table, context).map(key => dropForeignKey(key, table, context, id));
    const drop = step({
      sql: `drop table if exists ${quoteName(table)}`,
      rule: id,
      phase: 'contract',
      locks: locksOn([table], 'ACCESS EXCLUSIVE', context),
      hazards: facts?.hasRows === false ? [] : [whatIsLost(table, context)],
    });
    return dropOneByOne(sql, isPlainDrop(sql), [...keys, drop]);
  },
};

function whatIsLost(table: ObjectName, context: RuleContext): string {
  const rows = findTable(table, context)?.estimatedRows;
  return `The rows of ${shown(table)} are lost${rows === undefined ? '' : `: about ${Math.round(rows)}`}.`;
}

function refusePartition(table: ObjectName): Verdict {
  return {
    kind: 'refuse',
    happens: `${shown(table)} is a partition: dropping it takes an ACCESS EXCLUSIVE lock on the partitioned table as well.`,
    hurts: 'Every read and write of the partitioned table, in all its partitions, waits behind it.',
    remedy: [
      `alter table … detach partition ${quoteName(table)} concurrently;`,
      `then drop table if exists ${quoteName(table)}, in a later migration`,
    ],
  };
}
