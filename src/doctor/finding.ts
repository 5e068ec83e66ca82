import type { Explanation } from '../errors.ts';

/**
 * `person`: somebody must decide · `do`: there is a command to run · `advice`: worth knowing, whatever the exit code says.
 */
export type Severity = 'person' | 'do' | 'advice';

/** Something that is wrong with a database, or soon will be, and what to type. */
export interface Finding extends Explanation {
  /** The trouble, as docs/troubleshooting.md calls it. */
  readonly id: string;
  readonly severity: Severity;
}

const ORDER: readonly Severity[] = ['person', 'do', 'advice'];

/** What a person must decide first. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
}

/** 2 where a person must decide, 3 where there is something to do, else 0: advice alone is healthy. */
export function exitCodeOfFindings(findings: readonly Finding[]): 0 | 2 | 3 {
  const has = (severity: Severity): boolean => findings.some(finding => finding.severity === severity);
  return has('person') ? 2 : has('do') ? 3 : 0;
}
