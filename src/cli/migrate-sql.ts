import type { CommandModule } from 'yargs';
import { printProgress, printResult } from '../terminal/terminal.ts';
import { lastOf, repeatable } from './answer-options.ts';
import { withOrm } from './orm.ts';
import {
  allowMissing,
  allowOutOfOrder,
  contractOption,
  type RunArguments,
  setConsents,
  stagingOptions,
} from './run-options.ts';

type Arguments = Pick<RunArguments, 'allowMissing' | 'allowOutOfOrder' | 'contract' | 'stagingReport'> & {
  readonly names?: string[];
  readonly down?: boolean;
  readonly out?: string;
};

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:sql [names..]',
  describe: 'Write what migrate (or with --down migrate:down) would do as a script for psql, to stdout',
  builder: args =>
    args
      // several names are several, not the last of them
      .parserConfiguration(repeatable)
      .positional('names', {
        type: 'string',
        array: true,
        describe: 'Names or numbers; all that would run when absent',
      })
      .options({
        down: { type: 'boolean', describe: 'The way back: of the last executed one, or of those named' },
        out: {
          alias: 'o',
          type: 'string',
          coerce: lastOf,
          requiresArg: true,
          describe: 'Write it to this file',
        },
        contract: { ...contractOption.contract, coerce: lastOf },
        'staging-report': { ...stagingOptions['staging-report'], coerce: lastOf },
        ...allowMissing,
        ...allowOutOfOrder,
      })
      .epilogue(
        'Changes nothing. Run it with: psql "$DATABASE_URL" < FILE; docs/plan.md\n' +
          'Exit codes: 0 written, or nothing to do · 1 it could not be written · 2 a person must decide',
      ),
  handler: ({ names = [], down, out, ...args }) => {
    setConsents(args);
    return withOrm(async (_orm, migrator) => {
      await migrator.assertNumbered();
      const { writeScript } = await import('../script/write-script.ts');
      const method = down ? 'down' : 'up';
      const { text, migrations, waiting, asked } = await writeScript(await migrator.project(), {
        method,
        names: names.map(String),
        env: process.env,
      });
      const { describeWaiting } = await import('../runner/contracts/gate.ts');
      for (const one of waiting) {
        printProgress(`Not written: ${describeWaiting(one, asked)}`);
      }
      if (migrations.length === 0) {
        printProgress(`Nothing to do: no migration is ${down ? 'executed' : 'to run now'}; no script was written.`);
      } else if (out === undefined) {
        printResult(text.trimEnd());
      } else {
        const { writeFile } = await import('node:fs/promises');
        await writeFile(out, text);
        printProgress(
          `${out} ${down ? 'reverts' : 'runs'} ${migrations.join(', ')}. Next: psql "$DATABASE_URL" < ${out}`,
        );
      }
    });
  },
};
