import type { Project } from '../project/project.ts';
import { replay } from '../proof/replay.ts';
import type { ShadowServer } from '../proof/shadow.ts';
import type { ProofPlan } from './prove-in-order.ts';
import type { LaterState } from './rows/look-ahead.ts';
import { readRowTables } from './rows/read-tables.ts';
import { withShadowProject } from './shadow-project.ts';

/** What each migration makes on an empty database, as far as they run there: one that does not is found when it is proved. */
export async function readAhead(
  server: ShadowServer,
  project: Project,
  { names, chosen }: Pick<ProofPlan, 'names' | 'chosen'>,
): Promise<ProofPlan['ahead']> {
  return await server.withDatabase(database =>
    withShadowProject(project, database, async ({ client, own, project: { files } }) => {
      const states = new Map<string, LaterState>();
      try {
        for (const name of names) {
          const listed = await files.list([name]);
          await replay(client, listed);
          // rows are made for those that are proved, and behind the first of them
          if (states.size > 0 || chosen.has(name)) {
            const catalog = await readRowTables(client, { without: own });
            states.set(name, { catalog, statements: listed.flatMap(({ statements }) => statements) });
          }
        }
      } catch {
        // it is found again, and told, when that migration is proved
      }
      return states;
    }),
  );
}
