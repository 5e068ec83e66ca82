import { shown } from './alter-table.ts';
import type { Rule, Verdict } from './rule.ts';
import { hasWords } from './words.ts';

const id = 'set-logged';

const COMMANDS: Readonly<Record<string, string>> = {
  AT_SetLogged: 'set logged',
  AT_SetUnLogged: 'set unlogged',
  AT_SetTableSpace: 'set tablespace',
  AT_SetAccessMethod: 'set access method',
};

/** H76. */
export const setLogged: Rule = {
  id,
  title: 'A table is not copied into another file for how it is stored',
  judge({ sql, change }) {
    if (change.kind === 'alter table') {
      const command = COMMANDS[change.command];
      return command === undefined ? undefined : refuse(command, shown(change.table));
    }
    const isMove =
      change.kind === 'other' && change.statement.startsWith('AlterTable') && hasWords(sql, 'set tablespace');
    return isMove ? refuse('set tablespace', 'each table or index it moves') : undefined;
  },
};

function refuse(command: string, name: string): Verdict {
  return {
    kind: 'refuse',
    happens: `"${command}" copies ${name} into a new file under an ACCESS EXCLUSIVE lock.`,
    hurts: `Every read and write of ${name} waits until the copy ends.`,
    remedy: [
      'make a new table as it should be, copy the rows in small batches, and let the application change over;',
      'in a maintenance window: this statement within assumeSafe, with that reason',
    ],
  };
}
