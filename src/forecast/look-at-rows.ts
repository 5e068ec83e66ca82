import type { PoolClient } from 'pg';
import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Step } from '../plan/plan.ts';
import { LOOK_LOCK_TIMEOUT_MS } from '../runner/look.ts';
import { findUnconvertible } from '../runner/rows/find-unconvertible.ts';
import { findViolations, type Violation } from '../runner/rows/find-violations.ts';
import { type RowPromise, readPromisesByStep } from '../runner/rows/promise.ts';

const ASIDE = { lockTimeoutMs: LOOK_LOCK_TIMEOUT_MS } as const;

export interface StepRows {
  readonly violations: readonly Violation[];
  /** What was not looked at, or not to the end. */
  readonly unlooked: readonly string[];
}

/**
 * Looks for rows in the way of each of the steps, as the ones before them leave the rows; for at most `limitMs` each. Locks nothing.
 * @returns in the order of the steps.
 */
export async function lookAtRows(
  client: PoolClient,
  {
    steps,
    facts,
    limitMs,
  }: { readonly steps: readonly Step[]; readonly facts: DatabaseFacts; readonly limitMs: number },
): Promise<StepRows[]> {
  const values = await findUnconvertible(client, { steps, facts, limitMs, aside: ASIDE });
  const promises = await readPromisesByStep(steps, facts);
  const looks: StepRows[] = [];
  for (const [index, step] of steps.entries()) {
    const { violations, unfinished } = await findViolations(client, promises[index] ?? [], { limitMs, ...ASIDE });
    const isOwn = ({ table, what }: RowPromise): boolean =>
      step.backfill?.table === table &&
      Object.entries(step.backfill.set).some(([column, value]) => what === `${column} = ${value}`);
    looks.push({
      violations: [...values.violations.filter(isOwn), ...violations],
      unlooked: [...values.unfinished.filter(isOwn), ...unfinished].map(({ table, what }) => `${table}: ${what}`),
    });
  }
  return looks;
}
