import type { CommandModule } from 'yargs';
import { MigrationError } from '../errors.ts';
import { isVerbose, printError, printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';
import {
  allowMissing,
  allowOutOfOrder,
  contractOption,
  type RunArguments,
  readRunOptions,
  runOptions,
  setConsents,
  stagingOptions,
} from './run-options.ts';

type Arguments = Pick<
  RunArguments,
  'to' | 'from' | 'only' | 'allowMissing' | 'allowOutOfOrder' | 'contract' | 'stagingReport'
> & {
  readonly freeDisk?: string;
  readonly json?: boolean;
};

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:plan',
  describe: 'What the pending migrations will do to this database: locks, sizes, time, rows, sessions, disk',
  builder: args =>
    args
      .options({
        to: { ...runOptions.to, describe: 'Up to and with this one' },
        from: runOptions.from,
        only: runOptions.only,
        ...contractOption,
        ...allowMissing,
        ...allowOutOfOrder,
        'free-disk': {
          type: 'string',
          requiresArg: true,
          describe: 'Free space where the data are, such as 20GB: PostgreSQL does not tell it',
        },
        'staging-report': {
          ...stagingOptions['staging-report'],
          describe: 'Show what staging took, from its report (MIGRATE_STAGING_REPORT)',
        },
        json: { type: 'boolean', describe: 'Print the plan value; docs/plan.md' },
      })
      .epilogue(
        'Writes nothing, takes no lock that anybody waits for, and waits for nobody.\n' +
          'Exit codes: 0 nothing would run · 1 it failed · 2 a person must decide · 3 something is pending',
      ),
  handler: ({ freeDisk, json, ...args }) => {
    setConsents(args);
    return withOrm(async (_orm, migrator) => {
      await migrator.assertNumbered();
      const { readForecast } = await import('../forecast/read-forecast.ts');
      const options = { run: readRunOptions(args), freeDisk, env: process.env };
      const forecast = await readForecast(await migrator.project(), options);
      if (json) {
        printResult(JSON.stringify(forecast, (key, value) => (key === 'query' && !isVerbose() ? undefined : value), 2));
      } else {
        const { renderForecast } = await import('../forecast/render-forecast.ts');
        printResult(renderForecast(forecast));
        for (const problem of forecast.problems) {
          printError(new MigrationError(problem));
        }
      }
      const { exitCodeOfForecast } = await import('../forecast/exit-code.ts');
      process.exitCode = exitCodeOfForecast(forecast);
    });
  },
};
