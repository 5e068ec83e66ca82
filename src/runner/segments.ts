/** Which steps share a transaction. Pure. */
import type { Step } from '../plan/plan.ts';

export interface Segment<S extends Step = Step> {
  readonly steps: readonly [S, ...S[]];
  readonly transactional: boolean;
}

export interface NumberedStep extends Step {
  /** From 0. */
  readonly position: number;
}

/**
 * Groups steps that follow each other: catalog-only ones share a transaction as long as they lock one existing table, the same
 * one, between them; everything else stands alone, so that no lock is held while another table is waited for. H56. The steps of
 * a swap stay together.
 */
export function groupSteps<S extends Step>(steps: readonly S[]): Segment<S>[] {
  const segments: { steps: S[]; transactional: boolean; tables: Set<string>; swap?: string | undefined }[] = [];
  for (const step of steps) {
    const last = segments.at(-1);
    if (step.swap !== undefined) {
      if (last?.swap === step.swap) {
        last.steps.push(step);
      } else {
        segments.push({ steps: [step], transactional: true, tables: new Set(), swap: step.swap });
      }
      continue;
    }
    const tables = new Set(step.locks.map(({ table }) => table));
    const joint = last?.tables.union(tables);
    if (last?.transactional && last.swap === undefined && canShare(step) && joint && joint.size <= 1) {
      last.steps.push(step);
      last.tables = joint;
    } else {
      segments.push({ steps: [step], transactional: step.transactional, tables });
    }
    if (!canShare(step) && step.transactional) {
      // a step that scans or locks two tables keeps its transaction to itself
      segments.push({ steps: [], transactional: false, tables: new Set() });
    }
  }
  return segments.flatMap(({ steps: [first, ...more], transactional }) =>
    first === undefined ? [] : [{ steps: [first, ...more], transactional }],
  );
}

function canShare({ transactional, scans, locks }: Step): boolean {
  return transactional && !scans && new Set(locks.map(({ table }) => table)).size <= 1;
}
