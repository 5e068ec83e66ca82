import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

interface Arguments {
  name?: string;
  force?: boolean;
}

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:log <name>',
  describe: 'Record a migration as executed without running it, if what it makes is in the database',
  builder: args =>
    args
      .positional('name', { type: 'string', describe: 'Its name or number' })
      .option('force', { type: 'boolean', describe: 'Although it is not there, or is otherwise' })
      .epilogue('Exit codes: 0 recorded · 1 failed · 2 it is not there: the output says what is missing or differs'),
  handler: ({ name = '', force = false }) =>
    withOrm(async (_orm, migrator) => {
      await migrator.logMigration(String(name), { force });
      printResult(`${name} is recorded as executed; nothing was run.`);
    }),
};
