import type { Options } from 'yargs';
import { SettingsError } from '../errors.ts';
import { ANSWERS, answerVariable } from '../terminal/create-command.ts';

/** `--rename a --rename b` are both meant, and `--fill x=1 --name y` is no list of three: see {@link repeatable}. */
const answer = { type: 'array', string: true, requiresArg: true } as const;

/** What only a person can know of a change. */
export const answerOptions = {
  rename: { ...answer, describe: 'users.name:display_name, role.A:B: it is called so now (MIGRATE_RENAME)' },
  'rename-in-steps': {
    ...answer,
    describe: 'the same, both names until the contract (MIGRATE_RENAME_IN_STEPS)',
  },
  'rename-in-code': { ...answer, describe: 'the same, the column keeps its name: says how (MIGRATE_RENAME_IN_CODE)' },
  drop: { ...answer, describe: 'lessons.category: it goes, with its data (MIGRATE_DROP)' },
  keep: { ...answer, describe: 'lessons.category: leave it in the database, for good (MIGRATE_KEEP)' },
  fill: { ...answer, describe: 'profiles.grade=5: for the rows there are; SQL (MIGRATE_FILL)' },
  using: { ...answer, describe: 'lessons.score=score::int8: its value in the new type; SQL (MIGRATE_USING)' },
  'using-back': { ...answer, describe: 'The same on the way back (MIGRATE_USING_BACK)' },
  'drop-value': { ...answer, describe: 'lesson_status.QUEUED: no row may hold it any more (MIGRATE_DROP_VALUE)' },
  reorder: { ...answer, describe: 'lesson_status: made anew, its values in the new order (MIGRATE_REORDER)' },
  'keep-old': {
    type: 'boolean',
    describe: 'A new type: the old column stays until a cleanup (MIGRATE_KEEP_OLD)',
  },
} as const satisfies Record<string, Options>;

/** For commands that take {@link answerOptions}; their other options get `coerce: lastOf`. */
export const repeatable = { 'duplicate-arguments-array': true, 'greedy-arrays': false };

export interface AnswerArguments {
  rename?: string[];
  'rename-in-steps'?: string[];
  'rename-in-code'?: string[];
  drop?: string[];
  keep?: string[];
  fill?: string[];
  using?: string[];
  'using-back'?: string[];
  'drop-value'?: string[];
  reorder?: string[];
  'keep-old'?: boolean;
}

/** Of a flag given twice the last counts, as in all commands. */
export function lastOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.at(-1) : value;
}

/**
 * Hands the answers on to where plain `mikro-orm migration:create` has them from: a line each. Flags count before variables.
 * @throws SettingsError for one of several lines.
 */
export function setAnswerVariables(answers: AnswerArguments): void {
  if (answers['keep-old'] !== undefined) {
    process.env.MIGRATE_KEEP_OLD = answers['keep-old'] ? '1' : '0';
  }
  for (const option of ANSWERS) {
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
      process.env[answerVariable(option)] = values.join('\n');
    }
  }
}
