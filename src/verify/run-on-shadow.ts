import type { ShadowProject } from './shadow-project.ts';

export interface ShadowRun {
  readonly name: string;
  readonly method: 'up' | 'down';
}

/**
 * Runs one migration as `migrate` would, the runner's locks, journal and all. Nothing is asked and nothing waits for a release:
 * nobody uses this database.
 * @throws what the runner throws.
 */
export async function runOnShadow({ project }: ShadowProject, { name, method }: ShadowRun): Promise<void> {
  const { executor, files } = project;
  await executor.locked(async () => {
    await executor.plan(method, await files.load([name]));
    await executor.run(name, method);
  });
}
