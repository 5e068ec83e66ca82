import type { Step } from '../plan/plan.ts';
import type { ShadowProject } from './shadow-project.ts';

export interface ShadowRun {
  readonly name: string;
  readonly method: 'up' | 'down';
}

/**
 * Runs one migration as `migrate` would, the runner's locks, journal and all. Nothing is asked and nothing waits for a release:
 * nobody uses this database.
 * @returns its steps. @throws what the runner throws.
 */
export async function runOnShadow({ project }: ShadowProject, { name, method }: ShadowRun): Promise<readonly Step[]> {
  const { executor, files } = project;
  return await executor.locked(async () => {
    const plans = await executor.plan(method, await files.load([name]));
    await executor.run(name, method);
    return plans.get(name) ?? [];
  });
}

/** More than any migration has steps: a run that gets no further each time does not end otherwise. */
const MOST_KILLS = 1000;

/**
 * The same, killed after every step: its connections break, as when the process is gone, and the next run goes on.
 * @throws what a run throws that was not killed.
 */
export async function runKilled(shadow: ShadowProject, run: ShadowRun): Promise<void> {
  for (let kills = 0; kills < MOST_KILLS; kills++) {
    const isKilled = await runUntilStep(shadow, run);
    if (!isKilled || (await isRecorded(shadow, run.name)) === (run.method === 'up')) {
      return;
    }
  }
  throw new Error(`${run.name} does not get further when it is killed after every step`);
}

/** @returns whether it was killed; not where there was nothing left to do. */
async function runUntilStep(shadow: ShadowProject, run: ShadowRun): Promise<boolean> {
  let isKilled = false;
  try {
    await shadow.hearing(
      ({ event }) => {
        if (event === 'step' && !isKilled) {
          isKilled = true;
          shadow.breakConnections();
        }
      },
      () => runOnShadow(shadow, run),
    );
  } catch (error) {
    if (!isKilled) {
      throw error;
    }
  }
  await shadow.untilBroken();
  return isKilled;
}

async function isRecorded({ project }: ShadowProject, name: string): Promise<boolean> {
  return (await project.storage.executed()).includes(name);
}
