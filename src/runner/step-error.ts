import type { Step } from '../plan/plan.ts';

/** The step that failed; PostgreSQL's error is the cause. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly step: Step & { readonly position: number };

  constructor(step: Step & { readonly position: number }, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.step = step;
  }
}
