/** Records that a person sets right: the schema is never touched. Call each with the run lock held, but for `repairRecords`. */
import { assertGone, assertMade } from '../runner/records/assert-made.ts';
import type { Repair } from '../runner/records/repair.ts';
import { assertNotExecuted, findName } from '../runner/selection.ts';
import type { Project } from './project.ts';

interface Named {
  /** As typed: a name, a file or a number. */
  readonly typed: string;
  /** Whatever the database has. */
  readonly force: boolean;
}

/** @throws MigrationError for one that is unknown or executed already, or (exit code 2) whose result is not there. */
export async function logByHand(project: Project, { typed, force }: Named): Promise<void> {
  const name = findName(await project.files.names(), typed);
  assertNotExecuted(await project.storage.executed(), name);
  assertMade({ name, unlike: await findUnlike(project, { name, wanted: 'made' }), force });
  await project.records.log(name);
}

/** @throws MigrationError for one that is not recorded, or (exit code 2) whose result is there. */
export async function unlogByHand(project: Project, { typed, force }: Named): Promise<void> {
  const name = findName(await project.storage.executed(), typed);
  const hasFile = (await project.files.names()).includes(name);
  const unlike = hasFile ? await findUnlike(project, { name, wanted: 'gone' }) : undefined;
  assertGone({ name, unlike, force });
  await project.records.unlog(name);
}

export interface RepairOptions {
  /** Names or numbers; without them all that do not fit. */
  readonly names?: readonly string[];
  /** Is shown what would be done; nothing is locked meanwhile. */
  confirm(repairs: readonly Repair[]): Promise<boolean>;
}

/** @returns what was done: of what was confirmed, all that is still so under the lock. */
export async function repairRecords(
  { records, executor }: Project,
  options: RepairOptions,
): Promise<readonly Repair[]> {
  const planned = await records.planRepair(options.names);
  if (planned.length === 0 || !(await options.confirm(planned))) {
    return [];
  }
  return executor.locked(async () => {
    const confirmed = new Set(planned.map(repair => JSON.stringify(repair)));
    const repairs = (await records.planRepair()).filter(repair => confirmed.has(JSON.stringify(repair)));
    await records.repair(repairs);
    return repairs;
  });
}

/** Loaded here, since the migrator of every command loads this file. */
async function findUnlike(project: Project, question: { name: string; wanted: 'made' | 'gone' }): Promise<string[]> {
  const { findUnlikeHere } = await import('./find-unlike.ts');
  return findUnlikeHere(project, question);
}
