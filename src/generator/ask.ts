/** The questions of a change in words, and the flags that answer them. */
import { assertAnswersFit } from '../planner/answers.ts';
import {
  type DecisionFlags,
  type Decisions,
  planQuestions,
  type Question,
  readDecisions,
  type SchemaOutline,
} from '../planner/decisions.ts';
import { type Choice, decide } from '../terminal/decide.ts';
import { canAsk } from '../terminal/terminal.ts';

/** Answers to what only a person can know, as `MIGRATE_RENAME`, `_DROP`, `_KEEP` and `_FILL` give them: a line each. */
export function readDecisionVariables(env: NodeJS.ProcessEnv): DecisionFlags {
  const lines = (value = ''): string[] =>
    value
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '');
  return {
    rename: lines(env.MIGRATE_RENAME),
    renameInSteps: lines(env.MIGRATE_RENAME_IN_STEPS),
    drop: lines(env.MIGRATE_DROP),
    keep: lines(env.MIGRATE_KEEP),
    fill: lines(env.MIGRATE_FILL),
  };
}

/**
 * Asks until every question of the change is answered.
 * @param options.countRows how many rows of a table, or of a column that are not null, a drop would lose.
 * @throws RefusedError (exit code 2) without a terminal, SettingsError for an answer to what is not in question.
 */
export async function askDecisions(
  { before, after }: { before: SchemaOutline; after: SchemaOutline },
  flags: DecisionFlags,
  options: { countRows: (table: string, column?: string) => Promise<number> },
): Promise<Decisions> {
  for (let answered = flags; ; ) {
    const decisions = readDecisions(answered);
    assertAnswersFit(before, after, decisions);
    const questions = planQuestions(before, after, decisions);
    if (questions.length === 0) {
      return decisions;
    }
    // an answer can change the questions behind it; a message has to name all of them
    const asked = canAsk() ? questions.slice(0, 1) : questions;
    const choices = await Promise.all(asked.map(question => toChoice(question, options)));
    const example = exampleAnswers({ before, after }, answered);
    answered = addFlags(answered, await decide('The change needs a decision', choices, example));
  }
}

/** The first answer to each question, and to those that it raises: flags that would do together. */
function exampleAnswers(
  { before, after }: { before: SchemaOutline; after: SchemaOutline },
  given: DecisionFlags,
): string[] {
  const example: string[] = [];
  for (;;) {
    const [question] = planQuestions(before, after, readDecisions(addFlags(given, example)));
    if (!question) {
      return example;
    }
    const { name } = question;
    const to = question.kind === 'fill' ? undefined : question.candidates[0];
    example.push(
      question.kind === 'fill' ? `--fill ${name}=…` : to === undefined ? `--drop ${name}` : `--rename ${name}:${to}`,
    );
  }
}

async function toChoice(question: Question, { countRows }: Parameters<typeof askDecisions>[2]): Promise<Choice> {
  const { name } = question;
  if (question.kind === 'fill') {
    return {
      question: `${name} must not be null, and has no default.`,
      answers: [],
      text: {
        message: `Fill the rows there are with (${question.type}, a value or an SQL expression):`,
        flag: `--fill ${name}=`,
      },
    };
  }
  const rows = await countRows(question.table, question.kind === 'gone column' ? question.column : undefined);
  const loses =
    rows === 0 ? 'no row holds data' : `${rows} ${rows === 1 ? 'row holds' : 'rows hold'} data that would be lost`;
  return {
    question: `No entity describes ${name} any more.`,
    answers: [
      ...question.candidates.map(to => ({ label: `It is called ${to} now`, flag: `--rename ${name}:${to}` })),
      { label: `Drop it (${loses})`, flag: `--drop ${name}` },
      { label: 'Leave it in the database', flag: `--keep ${name}` },
    ],
  };
}

function addFlags(flags: DecisionFlags, answers: readonly string[]): DecisionFlags {
  const of = (option: string): string[] =>
    answers.filter(answer => answer.startsWith(`${option} `)).map(answer => answer.slice(option.length + 1));
  return {
    rename: [...(flags.rename ?? []), ...of('--rename')],
    renameInSteps: [...(flags.renameInSteps ?? []), ...of('--rename-in-steps')],
    drop: [...(flags.drop ?? []), ...of('--drop')],
    keep: [...(flags.keep ?? []), ...of('--keep')],
    fill: [...(flags.fill ?? []), ...of('--fill')],
  };
}
