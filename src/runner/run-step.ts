import { ExplainedError } from '../errors.ts';
import type { Run } from './run.ts';
import type { NumberedStep } from './segments.ts';
import { StepError } from './step-error.ts';

/** @returns how long it took, in ms. @throws StepError with what failed as its cause. */
export async function runStep(step: NumberedStep, work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  try {
    await work();
    return performance.now() - startedAt;
  } catch (error) {
    throw error instanceof ExplainedError ? error : new StepError(step, error);
  }
}

export function reportAssumption({ reporter }: Run, { assumedSafe, sql }: NumberedStep): void {
  if (assumedSafe !== undefined) {
    reporter.report({ event: 'note', text: `  assumed safe (${assumedSafe}): ${sql}` });
  }
}
