import type { MigrateOptions } from '@mikro-orm/core';
import { ExplainedError, type Explanation } from '../errors.ts';
import type { Project } from '../project/project.ts';
import { describeWaiting, type Gate, passGate } from '../runner/contracts/gate.ts';
import { assertRecords } from '../runner/records/assert-records.ts';
import { selectMigrations } from '../runner/selection.ts';

export interface ChoiceOptions {
  /** As MikroORM's `up` takes them. */
  readonly run: MigrateOptions;
  /** Says whether contracts may run, and what of the records is let through, as for `up`. */
  readonly env: NodeJS.ProcessEnv;
  /** Migrations that stopped half-way, and on which way they were. */
  readonly halfWay: ReadonlyMap<string, 'up' | 'down'>;
}

export interface Chosen {
  /** What would run, then what waits. */
  readonly names: readonly string[];
  readonly waiting: ReadonlyMap<string, string>;
  readonly problems: readonly Explanation[];
}

/** What `up` would choose, and what it would stop at before it runs anything. */
export async function chooseMigrations(project: Project, options: ChoiceOptions): Promise<Chosen> {
  const { files, storage, records } = project;
  const { env, halfWay } = options;
  const [all, executed] = [await files.names(), await storage.executed()];
  const selected = selectMigrations('up', { all, executed, halfWay }, options.run);
  const gate = await project.gate(env, new Set(halfWay.keys()));
  const { run, waiting } = passGate(selected, gate);
  const problems = await findRecordProblems(await records.find(), { run, gate, env });
  return {
    names: [...run, ...waiting.map(({ name }) => name)],
    waiting: new Map(waiting.map(one => [one.name, describeWaiting(one, gate.asked)])),
    problems,
  };
}

async function findRecordProblems(
  findings: Awaited<ReturnType<Project['records']['find']>>,
  { run, gate, env }: { run: readonly string[]; gate: Gate; env: NodeJS.ProcessEnv },
): Promise<Explanation[]> {
  const outOfOrder = findings.outOfOrder.filter(({ name }) => run.includes(name) && !gate.late.has(name));
  try {
    assertRecords({ findings: { ...findings, outOfOrder }, left: 'Nothing was changed.', env });
    return [];
  } catch (error) {
    if (error instanceof ExplainedError) {
      return [error.explanation];
    }
    throw error;
  }
}
