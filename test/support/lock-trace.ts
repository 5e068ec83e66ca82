/** The locks that steps claim beside those that PostgreSQL takes: for the rules, too much is as wrong as too little. */
import type pg from 'pg';
import type { Step } from '../../src/plan/plan.ts';
import { takesMore } from '../../src/verify/trace/judge-trace.ts';
import { strengthOf } from '../../src/verify/trace/relations.ts';
import { traceSteps as trace } from '../../src/verify/trace/trace-steps.ts';
import type { TracedStep } from '../../src/verify/trace/traced-step.ts';

/** Rules that claim a stronger lock than is taken, and why. */
const CLAIMS_MORE: Readonly<Record<string, string>> = {
  partition: 'while a concurrent detach waits for others it has none of its locks; test/rules/attach-partition.test.ts',
  'vacuum-full': 'vacuum waits for nobody, so that nobody can look at it',
  view: 'an index of a materialized view cannot be held up',
};

export interface Surprise {
  readonly sql: string;
  readonly table: string;
  readonly claimed: string;
  readonly found: string;
}

/**
 * Runs the steps of a migration one after the other, as `migrate:verify` does.
 * @returns where a claim and the locks, or a claim and the table's file, are not the same. Only of tables that were there before
 * the first step, and without the steps that a person holds for safe: these claim nothing.
 */
export async function traceSteps(client: pg.Client, steps: readonly Step[]): Promise<Surprise[]> {
  const { host, port, user, password, database = '' } = client;
  const connection = { host, port, user, password, database };
  const traced = await trace(client, steps, { method: 'up', connection });
  return traced.filter(({ assumedSafe }) => assumedSafe === undefined).flatMap(compare);
}

function compare({ sql, rule, locks, rewritten, claimsScan }: TracedStep): Surprise[] {
  const others = locks.flatMap(lock => {
    const { table, mode, claimed } = lock;
    const isMore = strengthOf(claimed) > strengthOf(mode) && !(rule in CLAIMS_MORE);
    return isMore || takesMore(lock) ? [{ sql, table, claimed: claimed ?? 'no lock', found: mode ?? 'no lock' }] : [];
  });
  const anew = claimsScan ? [] : rewritten;
  return [...others, ...anew.map(table => ({ sql, table, claimed: 'no scan', found: 'a rewrite' }))];
}
