import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

export const command: CommandModule = {
  command: 'migrate:check',
  describe: 'Is a migration missing? (as mikro-orm migration:check)',
  builder: args => args.epilogue('Exit codes: 0 no · 1 yes, or it could not be found out · 2 a person must decide'),
  handler: () =>
    withOrm(async (_orm, migrator) => {
      if (await migrator.checkSchema()) {
        printResult(
          'The entities describe what no executed migration has made. Next: npm run migrate, then npm run migrate:create',
        );
        process.exitCode = 1;
      } else {
        printResult('Nothing to do: the migrations make what the entities describe.');
      }
    }),
};
