import type { Project } from '../project/project.ts';
import { type Finding, inOrder } from './finding.ts';
import { readPatient } from './read-patient.ts';
import { TROUBLES } from './troubles/index.ts';

/**
 * What is wrong with the project's database, what a person must decide first. Writes nothing and waits for nobody.
 * @throws ExplainedError where it cannot be looked at (exit code 1).
 */
export async function examine(project: Project): Promise<Finding[]> {
  const patient = await readPatient(project);
  return inOrder(TROUBLES.flatMap(find => find(patient)));
}
