import { online, type Rule } from './rule.ts';

const id = 'transaction-control';

/** With what is said of each. */
const KEPT: Readonly<Record<string, string>> = {
  lock_timeout: 'how long a step waits for its locks is what keeps others from waiting behind it',
  statement_timeout: 'how long a step may run depends on the locks it holds',
  transaction_timeout: 'how long a step may run depends on the locks it holds',
  session_replication_role: 'it switches triggers and foreign keys off, and rows get in that nobody looks at again',
  search_path: 'the statements were judged by the names that the search path of the runner finds',
  role: 'the tables of the migration would belong to somebody else',
  session_authorization: 'the tables of the migration would belong to somebody else',
};

/** Where a transaction begins and ends, and its timeouts, are the runner's: the safety of each step hangs on them. H02, H56, H64, H73. */
export const transactionControl: Rule = {
  id,
  title: 'Transactions and settings of the session are left to the runner',
  judge({ sql, change }) {
    if (change.kind === 'transaction') {
      return {
        kind: 'refuse',
        happens:
          'The runner decides where a transaction begins and ends: each step stands in a short one of its own, or in none.',
        hurts: 'Steps that share a transaction hold the locks of all of them to its end.',
        remedy: ['leave it out'],
      };
    }
    if (change.kind !== 'set') {
      return undefined;
    }
    const setting = change.setting.toLowerCase();
    const why = KEPT[setting];
    if (change.isLocal && why === undefined) {
      return online({
        sql,
        rule: id,
        hazards: ['It holds to the end of the transaction that it is run in, and no longer.'],
      });
    }
    return {
      kind: 'refuse',
      happens: `It changes ${setting ? `"${setting}"` : 'the settings'} of the session that runs the steps.`,
      hurts:
        why === undefined
          ? 'It outlives the step, and the next one runs under it too.'
          : `The steps rely on it: ${why}.`,
      remedy: why === undefined ? [`set local ${setting} …, which ends with the step's transaction`] : ['leave it out'],
    };
  },
};
