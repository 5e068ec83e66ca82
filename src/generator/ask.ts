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
import { quoteIdentifier } from '../statement/change.ts';
import { type Choice, decide } from '../terminal/decide.ts';
import { canAsk } from '../terminal/terminal.ts';
import { assertNoneInCode, type InCode } from './in-code.ts';

/** Answers to what only a person can know, as `MIGRATE_RENAME`, `_DROP`, `_KEEP`, `_FILL`, `_USING`, `_USING_BACK` and `_DROP_VALUE` give them: a line each. */
export function readDecisionVariables(env: NodeJS.ProcessEnv): DecisionFlags {
  const lines = (value = ''): string[] =>
    value
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '');
  return {
    rename: lines(env.MIGRATE_RENAME),
    renameInSteps: lines(env.MIGRATE_RENAME_IN_STEPS),
    renameInCode: lines(env.MIGRATE_RENAME_IN_CODE),
    drop: lines(env.MIGRATE_DROP),
    keep: lines(env.MIGRATE_KEEP),
    fill: lines(env.MIGRATE_FILL),
    using: lines(env.MIGRATE_USING),
    usingBack: lines(env.MIGRATE_USING_BACK),
    dropValue: lines(env.MIGRATE_DROP_VALUE),
  };
}

export interface AskOptions {
  readonly countRows: (table: string, column?: string) => Promise<number>;
  readonly findInCode?: (table: string, column?: string) => InCode | undefined;
}

/**
 * Asks until every question of the change is answered.
 * @param options.findInCode the entity, and of a column the property too, that describes a table or `table.column`.
 * @param options.countRows how many rows of a table, or of a column that are not null, a drop would lose.
 * @throws RefusedError (exit code 2) without a terminal, SettingsError for an answer to what is not in question.
 */
export async function askDecisions(
  { before, after }: { before: SchemaOutline; after: SchemaOutline },
  flags: DecisionFlags,
  options: AskOptions,
): Promise<Decisions> {
  for (let answered = flags; ; ) {
    const decisions = readDecisions(answered);
    assertAnswersFit(before, after, decisions);
    assertNoneInCode(decisions, options);
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
    example.push(exampleAnswer(question, name));
  }
}

function exampleAnswer(question: Question, name: string): string {
  switch (question.kind) {
    case 'fill':
      return `--fill ${name}=…`;
    case 'using':
      return `${usingFlag(question)} "${name}=${quoteIdentifier(question.column)} at time zone 'UTC'"`;
    default: {
      const [to] = question.candidates;
      return to === undefined ? `--drop ${name}` : `--rename ${name}:${to}`;
    }
  }
}

function usingFlag({ isBack }: { readonly isBack: boolean }): '--using' | '--using-back' {
  return isBack ? '--using-back' : '--using';
}

async function toChoice(question: Question, { countRows }: AskOptions): Promise<Choice> {
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
  if (question.kind === 'using') {
    const flag = usingFlag(question);
    return {
      question: `${name} becomes ${question.to}, and only a time zone says what its values mean.`,
      answers: [],
      text: {
        message: `Its value as ${question.to} (SQL over the row, such as ${question.column} at time zone 'UTC'):`,
        flag: `${flag} ${name}=`,
      },
    };
  }
  const rows = await countRows(question.table, question.kind === 'gone column' ? question.column : undefined);
  const loses =
    rows === 0 ? 'no row holds data' : `${rows} ${rows === 1 ? 'row holds' : 'rows hold'} data that would be lost`;
  return {
    question: `No entity describes ${name} any more.`,
    answers: [
      ...question.candidates.flatMap(to => renameAnswers(`${name}:${to}`, to)),
      { label: `Drop it (${loses})`, flag: `--drop ${name}` },
      { label: 'Leave it in the database', flag: `--keep ${name}` },
    ],
  };
}

/** The way that costs nothing first. */
function renameAnswers(pair: string, to: string): Choice['answers'] {
  const label = (way: string): string => `It is called ${to} now, ${way}`;
  return [
    { label: label('in the code only: no migration'), flag: `--rename-in-code ${pair}` },
    { label: label('at once: no running release uses the old name'), flag: `--rename ${pair}` },
    { label: label('in two steps: both names until the contract'), flag: `--rename-in-steps ${pair}` },
  ];
}

function addFlags(flags: DecisionFlags, answers: readonly string[]): DecisionFlags {
  const of = (option: string): string[] =>
    answers.filter(answer => answer.startsWith(`${option} `)).map(answer => answer.slice(option.length + 1));
  return {
    rename: [...(flags.rename ?? []), ...of('--rename')],
    renameInSteps: [...(flags.renameInSteps ?? []), ...of('--rename-in-steps')],
    renameInCode: [...(flags.renameInCode ?? []), ...of('--rename-in-code')],
    drop: [...(flags.drop ?? []), ...of('--drop')],
    keep: [...(flags.keep ?? []), ...of('--keep')],
    fill: [...(flags.fill ?? []), ...of('--fill')],
    using: [...(flags.using ?? []), ...of('--using')],
    usingBack: [...(flags.usingBack ?? []), ...of('--using-back')],
    dropValue: flags.dropValue ?? [],
  };
}
