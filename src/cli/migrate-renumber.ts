import type { CommandModule } from 'yargs';
import { printProgress, printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

interface Arguments {
  base?: string;
  path?: string;
}

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:renumber',
  describe: 'Move your migrations behind those of the main branch, when both have one number',
  builder: args =>
    args
      .options({
        base: { type: 'string', requiresArg: true, describe: 'What has the files that stay: origin/main, else main' },
        path: { alias: 'p', type: 'string', requiresArg: true, describe: 'The folder of the migrations' },
      })
      .epilogue(
        'Files move that are neither executed on this database nor on the main branch.\n' +
          'Exit codes: 0 moved or nothing to do · 1 failed · 2 a person must decide',
      ),
  handler: async ({ base, path }) => {
    const [{ readHistory }, { planRenumbering }, { moveFiles }, { readMainBranch }, { migrationsDirectory }, recorded] =
      await Promise.all([
        import('../generator/history.ts'),
        import('../generator/renumber.ts'),
        import('../generator/move-files.ts'),
        import('../generator/main-branch.ts'),
        import('../generator/migration-generator.ts'),
        import('../runner/recorded-names.ts'),
      ]);
    return withOrm(async ({ em, config }) => {
      const directory = migrationsDirectory(config, path);
      const history = await readHistory(directory);
      const branch = await readMainBranch(directory, base);
      if (!branch) {
        printProgress('No main branch is known to git here: only the database decides what stays.');
      }
      const executed = await recorded.readRecordedNames(em.getDriver(), config);
      const plan = planRenumbering(history, { recorded: executed, ...(branch ? { base: branch } : {}) });
      const moved = await moveFiles(directory, plan, history);
      for (const [from, to] of moved) {
        printResult(`${from} → ${to}`);
      }
      printResult(renderSummary(moved.length, plan.leftOver.length));
    });
  },
};

function renderSummary(moved: number, leftOver: number): string {
  if (moved + leftOver === 0) {
    return 'Nothing to do: the migrations are numbered one after the other.';
  }
  const cleared = leftOver > 0 ? ` ${leftOver} left over from a run that was killed removed.` : '';
  return `${moved} ${moved === 1 ? 'file' : 'files'} moved.${cleared} Next: npm run migrate`;
}
