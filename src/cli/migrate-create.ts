import type { CommandModule } from 'yargs';
import { SettingsError } from '../errors.ts';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

interface Arguments {
  name?: string;
  purpose?: string;
  path?: string;
  blank?: boolean;
  initial?: boolean;
  dump?: boolean;
  rename?: string[];
  drop?: string[];
  keep?: string[];
  fill?: string[];
}

/** `--rename a --rename b` are both meant, and `--fill x=1 --name y` is no list of three. */
const answer = { type: 'array', string: true, requiresArg: true } as const;

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:create',
  describe: 'Write the migration that the entities ask for (as mikro-orm migration:create)',
  builder: args =>
    args
      .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
      .epilogue(
        'The last four answer what is asked, and can be repeated.\n' +
          'Exit codes: 0 written or nothing to do · 1 failed · 2 a person must decide',
      )
      .options({
        name: {
          alias: 'n',
          type: 'string',
          coerce: lastOf,
          describe: 'Its name behind the number; by default made from the change',
        },
        purpose: {
          type: 'string',
          coerce: lastOf,
          requiresArg: true,
          describe: 'A sentence for the header (MIGRATE_PURPOSE)',
        },
        path: { alias: 'p', type: 'string', coerce: lastOf, requiresArg: true, describe: 'Write into this folder' },
        blank: { alias: 'b', type: 'boolean', describe: 'Write an empty migration' },
        initial: { alias: 'i', type: 'boolean', describe: 'Write the whole schema as the first migration' },
        dump: { alias: 'd', type: 'boolean', describe: 'Print the source as well' },
        rename: { ...answer, describe: 'users.name:display_name: it is called so now (MIGRATE_RENAME)' },
        drop: { ...answer, describe: 'lessons.category: it goes, with its data (MIGRATE_DROP)' },
        keep: { ...answer, describe: 'lessons.category: leave it in the database (MIGRATE_KEEP)' },
        fill: { ...answer, describe: 'profiles.grade=5: for the rows there are; SQL (MIGRATE_FILL)' },
      }),
  handler: ({ name, purpose, path, blank, initial, dump, ...answers }) => {
    if (purpose !== undefined) {
      process.env.MIGRATE_PURPOSE = purpose;
    }
    handOn(answers);
    return withOrm(async (_orm, migrator) => {
      const { fileName, code } = await migrator.create(path, blank, initial, name);
      if (dump && code) {
        printResult(code);
      }
      printResult(
        fileName ? `${fileName} is written. Review it, then: npm run migrate` : 'Nothing to do: no entity has changed.',
      );
    });
  },
};

/** Of a flag given twice the last counts, as in all commands. */
function lastOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.at(-1) : value;
}

/** To where plain `mikro-orm migration:create` has them from: a line each. Flags count before variables. */
function handOn(answers: Pick<Arguments, 'rename' | 'drop' | 'keep' | 'fill'>): void {
  for (const option of ['rename', 'drop', 'keep', 'fill'] as const) {
    const values = answers[option];
    const broken = values?.find(value => value.includes('\n'));
    if (broken !== undefined) {
      throw new SettingsError({
        title: `Cannot read --${option}`,
        subject: broken,
        happens: 'It has more than one line.',
        remedy: 'Write it on one line; in a string of SQL a line break is chr(10).',
        left: 'Nothing was written.',
      });
    }
    if (values) {
      process.env[`MIGRATE_${option.toUpperCase()}`] = values.join('\n');
    }
  }
}
