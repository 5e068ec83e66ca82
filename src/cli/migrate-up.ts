import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';
import {
  allowMissing,
  allowOutOfOrder,
  contractOption,
  paceOption,
  type RunArguments,
  readRunOptions,
  runOptions,
  setConsents,
  stagingOptions,
} from './run-options.ts';

export const command: CommandModule<object, RunArguments> = {
  command: 'migrate:up',
  describe: 'Run the pending migrations (same as mikro-orm migration:up)',
  builder: args =>
    args
      .options({
        ...runOptions,
        ...contractOption,
        ...paceOption,
        ...stagingOptions,
        ...allowMissing,
        ...allowOutOfOrder,
      })
      .epilogue('Exit codes: 0 done or nothing to do · 1 failed · 2 a person must decide · 130, 143 interrupted'),
  handler: args => {
    setConsents(args);
    return withOrm(async (_orm, migrator) => {
      const executed = await migrator.up(readRunOptions(args));
      const [pending, all] = [await migrator.getPending(), await migrator.getExecuted()];
      const waiting = pending.length > 0 ? await migrator.getWaiting() : [];
      const waits = waiting.length > 0 ? `, ${waiting.length} waiting for a deploy` : '';
      const left = pending.length - waiting.length;
      printResult(`${count(executed.length)} executed now, ${all.length} in all, ${left} pending${waits}.`);
    });
  },
};

function count(migrations: number): string {
  return migrations === 1 ? '1 migration' : `${migrations} migrations`;
}
