import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

interface Arguments {
  name?: string;
  force?: boolean;
}

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:unlog <name>',
  describe: 'Take a migration off the executed ones without reverting it, if what it made is gone',
  builder: args =>
    args
      .positional('name', { type: 'string', describe: 'Its name or number' })
      .option('force', { type: 'boolean', describe: 'Although it is still there' })
      .epilogue('Exit codes: 0 taken off · 1 failed · 2 it is still there: the output says what'),
  handler: ({ name = '', force = false }) =>
    withOrm(async (_orm, migrator) => {
      await migrator.unlogMigration(String(name), { force });
      printResult(`${name} is pending again; nothing was reverted.`);
    }),
};
