import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';
import { allowMissing, type RunArguments, readRunOptions, runOptions, setConsents } from './run-options.ts';

export const command: CommandModule<object, RunArguments> = {
  command: 'migrate:down',
  describe: 'Revert the last migration (same as mikro-orm migration:down)',
  builder: args =>
    args
      .options({ ...runOptions, ...allowMissing })
      .epilogue('Exit codes: 0 done or nothing to do · 1 failed · 2 a person must decide'),
  handler: args => {
    setConsents(args);
    return withOrm(async (_orm, migrator) => {
      const reverted = await migrator.down(readRunOptions(args));
      const left = await migrator.getExecuted();
      const names = reverted.map(({ name }) => name).join(', ') || 'Nothing';
      printResult(`${names} reverted, ${left.length} left executed.`);
    });
  },
};
