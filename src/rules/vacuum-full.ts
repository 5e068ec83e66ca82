import type { ObjectName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { online, type Rule, type Verdict } from './rule.ts';

const id = 'vacuum-full';

/** Both write the whole table anew under ACCESS EXCLUSIVE; a plain vacuum lets everybody go on. H10, H74. */
export const vacuumFull: Rule = {
  id,
  title: 'A table is vacuumed or analyzed, but not written anew',
  judge({ sql, change }, context) {
    if (change.kind === 'cluster') {
      return refuse('cluster', change.table ? [change.table] : []);
    }
    if (change.kind !== 'vacuum') {
      return undefined;
    }
    if (change.isFull) {
      return refuse('vacuum full', change.tables);
    }
    // vacuum refuses to run in a transaction; analyze would hold its lock to the end of it
    const locks = locksOn(change.tables, 'SHARE UPDATE EXCLUSIVE', context);
    return online({ sql, rule: id, locks, transactional: false, scans: true });
  },
};

function refuse(what: string, tables: readonly ObjectName[]): Verdict {
  const names = tables.length > 0 ? tables.map(shown).join(', ') : 'every table';
  return {
    kind: 'refuse',
    happens: `"${what}" writes ${names} and all indexes anew under an ACCESS EXCLUSIVE lock.`,
    hurts: `Every read and write of ${names} waits until the last row is written.`,
    remedy: [
      'vacuum lets reads and writes go on, and makes the space free for new rows;',
      'to give space back to the disk, or to put rows in order: pg_repack or pg_squeeze, outside of migrations',
    ],
  };
}
