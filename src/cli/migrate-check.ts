import type { CommandModule } from 'yargs';
import type { Behind } from '../project/plan-change.ts';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

export const command: CommandModule = {
  command: 'migrate:check',
  describe: 'Is a migration missing? (as mikro-orm migration:check)',
  builder: args => args.epilogue('Exit codes: 0 no · 1 yes, or it could not be found out · 2 a person must decide'),
  handler: () =>
    withOrm(async (_orm, migrator) => {
      const behind = await migrator.findBehind();
      printResult(
        behind === undefined ? 'Nothing to do: the migrations make what the entities describe.' : SAID[behind],
      );
      process.exitCode = behind === undefined ? 0 : 1;
    }),
};

const SAID: Record<Behind, string> = {
  pending: 'Not all migrations have run here. Next: npm run migrate',
  change: 'The entities describe what no migration makes. Next: npm run migrate:create',
  drift:
    'The live database is not what the migrations made. Next: npm run migrate:doctor, which says how to put it back or to keep it',
};
