import type { LockMode } from '../plan/plan.ts';
import { locksOn } from './alter-table.ts';
import { online, type Rule } from './rule.ts';
import { hasWords } from './words.ts';

const id = 'table-options';

/** As the parser calls them; the locks are measured on 15 and 18. */
const COMMANDS: Readonly<Record<string, LockMode>> = {
  AT_ReplicaIdentity: 'ACCESS EXCLUSIVE',
  AT_ChangeOwner: 'ACCESS EXCLUSIVE',
  AT_ClusterOn: 'SHARE UPDATE EXCLUSIVE',
  AT_DropCluster: 'SHARE UPDATE EXCLUSIVE',
  AT_AlterConstraint: 'ACCESS EXCLUSIVE',
};

/** What a table is, other than its columns: only the catalog changes. */
export const tableOptions: Rule = {
  id,
  title: 'Owner, replica identity, and when a foreign key is checked change as they are',
  judge({ sql, change }, context) {
    const mode = change.kind === 'alter table' ? COMMANDS[change.command] : undefined;
    // 18: "alter constraint … enforced" looks up the parent of every row
    if (change.kind !== 'alter table' || !mode || hasWords(sql, 'enforced')) {
      return undefined;
    }
    return online({ sql, rule: id, locks: locksOn([change.table], mode, context) });
  },
};
