import { RefusedError } from '../errors.ts';
import { renderCreateCommand, renderFlag } from './create-command.ts';
import { canAsk } from './terminal.ts';

/** One thing only a person can know, with the flag that each answer stands for. */
export interface Choice {
  readonly question: string;
  /** Label to flag: `--rename users.name:display_name`. */
  readonly answers: readonly { readonly label: string; readonly flag: string }[];
  /** Asks for a text that completes the flag: `--fill learner_profiles.grade_level=`. */
  readonly text?: {
    readonly message: string;
    readonly flag: string;
    /** What is wrong with a text, so that it is asked for again; undefined where nothing is. */
    findFault?(value: string): Promise<string | undefined>;
  };
}

/**
 * Asks each question on the terminal.
 * @param example flags that would answer everything.
 * @returns the flags that say the same as the answers.
 * @throws RefusedError (exit code 2) without a terminal, with the flags to add; or when a question is left with Ctrl-C.
 */
export async function decide(title: string, choices: readonly Choice[], example: readonly string[]): Promise<string[]> {
  if (!canAsk()) {
    throw undecided({ title, choices, example, why: 'there is no terminal to ask on' });
  }
  const flags: string[] = [];
  for (const choice of choices) {
    try {
      flags.push(await ask(choice));
    } catch (error) {
      throw error instanceof Error && error.name === 'ExitPromptError'
        ? undecided({ title, choices, example, why: 'the question was left without an answer' })
        : error;
    }
  }
  return flags;
}

async function ask({ question, answers, text }: Choice): Promise<string> {
  const prompts = await import('@inquirer/prompts');
  if (text) {
    const validate = async (value: string) => (await text.findFault?.(value)) ?? true;
    const message = `${question} ${text.message}`;
    return `${text.flag}${await prompts.input({ message, required: true, validate }, OUTPUT)}`;
  }
  const choices = answers.map(({ label, flag }) => ({ name: label, value: flag }));
  // a choice out of sight would not be a choice
  return await prompts.select({ message: question, choices, pageSize: choices.length }, OUTPUT);
}

interface Undecided {
  readonly title: string;
  readonly choices: readonly Choice[];
  readonly example: readonly string[];
  readonly why: string;
}

const OUTPUT = { output: process.stderr };

function undecided({ title, choices, example, why }: Undecided): RefusedError {
  const all = choices.map(optionsOf);
  const isCertain = all.every(({ length }) => length === 1);
  return new RefusedError({
    title,
    subject: choices.map(({ question }) => question).join('\n'),
    happens: `${choices.length === 1 ? 'This is' : 'These are'} for a person to decide, and ${why}.`,
    hurts: 'A wrong guess mixes up or loses data.',
    remedy: [
      ...(isCertain ? [] : ['Choose a flag for each:', ...all.flatMap(renderOptions)]),
      `${isCertain ? 'With a value for …' : 'For instance'}: ${renderCreateCommand(process.argv, process.env, example)}`,
    ],
    left: 'Nothing was written.',
  });
}

function optionsOf({ answers, text }: Choice): Choice['answers'] {
  return text ? [{ label: text.message.replace(/:$/, ''), flag: `${text.flag}…` }] : answers;
}

function renderOptions(options: Choice['answers']): string[] {
  const flags = options.map(({ flag }) => renderFlag(flag));
  const width = Math.max(...flags.map(flag => flag.length));
  return options.map(({ label }, index) => `${index === 0 ? '  ' : 'or'} ${flags[index]?.padEnd(width)}  ${label}`);
}
