import { type CountRows, readDecisionVariables } from '../generator/ask.ts';
import { planChange, readOpenChange } from '../generator/create-migrations.ts';
import type { FilePlan } from '../planner/plan-files.ts';
import { type Live, reportDrift } from '../runner/live.ts';
import { assertNonePending } from '../runner/selection.ts';
import type { EntityChange } from '../schema-generator.ts';
import { printProgress } from '../terminal/terminal.ts';
import type { Project } from './project.ts';

/**
 * The files that the change of the entities needs, behind those that are pending; none is written.
 * @throws RefusedError for a decision that is missing, MigrationError for what has no online form.
 */
export async function planEntityChange(project: Project): Promise<readonly FilePlan[]> {
  const { executor } = project;
  const pending = await project.pending();
  const waiting = pending.length > 0 ? (await project.gate({})).waiting : [];
  const comparing = project.schema.change({ isExpected: true }).then(compared => {
    if (!compared.history) {
      assertNonePending(pending);
    }
    return compared;
  });
  const names = new Set(waiting.map(({ name }) => name));
  const live = await readLive(project, { comparing, pending, waiting: names, plans: true });
  const change = await comparing;
  const countRows: CountRows = (table, held) => executor.countRows(table, held);
  return planChange({ ...change, readFacts: live.readFacts, countRows }, readDecisionVariables(process.env));
}

/** Why the live database is not what the entities describe. */
export type Behind = 'pending' | 'drift' | 'change';

/**
 * @returns that migrations are pending, that an entity has changed without one, or that the live database is not what they made;
 * undefined where nothing is to be done.
 */
export async function findBehind(project: Project): Promise<Behind | undefined> {
  const { waiting } = await project.gate({});
  const names = new Set(waiting.map(({ name }) => name));
  const pending = await project.pending();
  project.reportWaiting(waiting, 'none');
  if (pending.some(name => !names.has(name))) {
    printProgress(`Pending: ${pending.filter(name => !names.has(name)).join(', ')}`);
    return 'pending';
  }
  const comparing = project.schema.change();
  const live = await readLive(project, { comparing, pending, waiting: names, plans: false });
  const change = await comparing;
  const { questions, sql } = await readOpenChange(change, readDecisionVariables(process.env));
  if (questions.length + sql.length > 0) {
    return 'change';
  }
  return live.drift.length > 0 ? 'drift' : undefined;
}

interface Compared {
  readonly comparing: Promise<EntityChange>;
  readonly pending: readonly string[];
  readonly waiting: ReadonlySet<string>;
  readonly plans: boolean;
}

/** The live database beside the history; names where they differ. */
async function readLive({ executor, files }: Project, { comparing, pending, waiting, plans }: Compared): Promise<Live> {
  const sources = comparing.then(async ({ history }) => ({ history, pending: await files.list(pending), waiting }));
  const live = await executor.readLive(sources, { plans });
  reportDrift(live);
  return live;
}
