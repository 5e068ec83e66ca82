import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { type AnswerArguments, answerOptions, lastOf, repeatable, setAnswerVariables } from './answer-options.ts';
import { withOrm } from './orm.ts';

interface Arguments extends AnswerArguments {
  name?: string;
  purpose?: string[];
  path?: string;
  blank?: boolean;
  initial?: boolean;
  dump?: boolean;
}

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:create',
  describe: 'Write the migration that the entities ask for (as mikro-orm migration:create)',
  builder: args =>
    args
      .parserConfiguration(repeatable)
      .epilogue(
        'The last of these answer what is asked, and can be repeated.\n' +
          'Exit codes: 0 written or nothing to do · 1 failed · 2 a person must decide',
      )
      .options({
        name: {
          alias: 'n',
          type: 'string',
          coerce: lastOf,
          describe: 'Its name behind the number (a,b: of two files); else made from the change',
        },
        purpose: {
          type: 'array',
          string: true,
          requiresArg: true,
          describe: 'A sentence for the header; once for each file (MIGRATE_PURPOSE, a line each)',
        },
        path: { alias: 'p', type: 'string', coerce: lastOf, requiresArg: true, describe: 'Write into this folder' },
        blank: { alias: 'b', type: 'boolean', describe: 'Write an empty migration' },
        initial: { alias: 'i', type: 'boolean', describe: 'Write the whole schema as the first migration' },
        dump: { alias: 'd', type: 'boolean', describe: 'Print the source as well' },
        ...answerOptions,
      }),
  handler: ({ name, purpose, path, blank, initial, dump, ...answers }) => {
    if (purpose !== undefined) {
      process.env.MIGRATE_PURPOSE = purpose.map(text => text.replace(/\s+/g, ' ')).join('\n');
    }
    setAnswerVariables(answers);
    return withOrm(async (_orm, migrator) => {
      const { fileName, code } = await migrator.create(path, blank, initial, name);
      if (dump && code) {
        printResult(code);
      }
      printResult(
        fileName === ''
          ? 'Nothing to do: no entity has changed.'
          : fileName.includes(', ')
            ? `${fileName} are written. Review them, then: npm run migrate`
            : `${fileName} is written. Review it, then: npm run migrate`,
      );
    });
  },
};
