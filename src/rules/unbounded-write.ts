import { type Change, type ObjectName, renderName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { findTable, online, type Rule } from './rule.ts';

const id = 'unbounded-write';

/** One statement over many rows holds the locks of all of them to its end, and leaves as many dead rows. H59, H63. */
export const unboundedWrite: Rule = {
  id,
  title: 'Old rows are written in batches, not in one statement',
  judge({ sql, change }, context) {
    if (change.kind === 'other' && change.statement === 'MergeStmt') {
      return refuse('merge', 'the table');
    }
    if (!isWrite(change)) {
      return undefined;
    }
    const { kind, table } = change;
    if (findTable(table, context)?.hasRows === false) {
      return online({ sql, rule: id, phase: 'backfill', locks: locksOn([table], 'ROW EXCLUSIVE', context) });
    }
    return refuse(kind, shown(table), { kind, table });
  },
};

type Write = Extract<Change, { readonly kind: 'update' | 'delete' }>;

function isWrite(change: Change): change is Write {
  return change.kind === 'update' || change.kind === 'delete';
}

function refuse(
  what: string,
  name: string,
  write?: { kind: Write['kind']; table: ObjectName },
): ReturnType<Rule['judge']> {
  return {
    kind: 'refuse',
    happens: `The ${what} locks every row of ${name} that it touches, and holds all of them to its end.`,
    hurts: 'Every other write of one of these rows waits until then, and vacuum has as many dead rows to clear.',
    remedy: [
      write?.kind === 'update'
        ? `this.backfill('${renderName(write.table)}', { set: { … }, where: '…' }): small batches, each a transaction of its own;`
        : 'do it in small batches, each a transaction of its own, from the application or a job;',
      'for a few rows that are known: this statement within assumeSafe, with the number of rows',
    ],
  };
}
