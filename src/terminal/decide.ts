import { RefusedError } from '../errors.ts';
import { canAsk } from './terminal.ts';

/** One thing only a person can know, with the flag that each answer stands for. */
export interface Choice {
  readonly question: string;
  /** Label to flag: `--rename users.name:display_name`. */
  readonly answers: readonly { readonly label: string; readonly flag: string }[];
  /** Asks for a text that completes the flag: `--fill learner_profiles.grade_level=`. */
  readonly text?: { readonly message: string; readonly flag: string };
}

/**
 * Asks each question on the terminal.
 * @returns the flags that say the same as the answers.
 * @throws RefusedError (exit code 2) without a terminal, with the flags to add; or when a question is left with Ctrl-C.
 */
export async function decide(title: string, choices: readonly Choice[]): Promise<string[]> {
  if (!canAsk()) {
    throw undecided(title, choices);
  }
  const prompts = await import('@inquirer/prompts');
  const flags: string[] = [];
  for (const { question, answers, text } of choices) {
    try {
      flags.push(
        text
          ? `${text.flag}${await prompts.input({ message: `${question} ${text.message}`, required: true }, OUTPUT)}`
          : await prompts.select(
              { message: question, choices: answers.map(({ label, flag }) => ({ name: label, value: flag })) },
              OUTPUT,
            ),
      );
    } catch (error) {
      throw error instanceof Error && error.name === 'ExitPromptError' ? undecided(title, choices) : error;
    }
  }
  return flags;
}

const OUTPUT = { output: process.stderr };

function undecided(title: string, choices: readonly Choice[]): RefusedError {
  return new RefusedError({
    title,
    subject: choices.map(({ question }) => question).join('\n'),
    happens: `${choices.length === 1 ? 'This is' : 'These are'} for a person to decide, and there is no terminal to ask on.`,
    hurts: 'A wrong guess mixes up or loses data.',
    remedy: [
      'Add one flag for each to  npm run migrate:create --',
      ...choices.flatMap(({ answers, text }) => {
        const flags = text ? [`${text.flag}<value or SQL expression>`] : answers.map(({ flag }) => flag);
        return [flags.join('   or   ')];
      }),
    ],
    left: 'Nothing was written.',
  });
}
