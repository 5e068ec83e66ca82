/** The questions of a change in words, and the flags that answer them. */
import type { HeldValue, RowCount } from '../catalog/count-rows.ts';
import { assertAnswersFit } from '../planner/answers.ts';
import { type DecisionFlags, type Decisions, readDecisions } from '../planner/decisions.ts';
import { findFillFault } from '../planner/fill-values.ts';
import { addKept } from '../planner/kept-objects.ts';
import type { Question } from '../planner/question.ts';
import { planQuestions, type SchemaChange } from '../planner/questions.ts';
import { quoteIdentifier } from '../statement/change.ts';
import { renderCreateCommand } from '../terminal/create-command.ts';
import { type Choice, decide } from '../terminal/decide.ts';
import { canAsk, printProgress, printWarning } from '../terminal/terminal.ts';
import { assertNoneInCode, type InCode } from './in-code.ts';

/**
 * Answers to what only a person can know, as `MIGRATE_RENAME`, `_DROP`, `_KEEP`, `_FILL`, `_USING`, `_USING_BACK`, `_DROP_VALUE` and
 * `_REORDER` give them: a line each; and `MIGRATE_KEEP_OLD=1`.
 */
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
    keepOld: env.MIGRATE_KEEP_OLD === '1',
    reorder: lines(env.MIGRATE_REORDER),
  };
}

/** Rows of a table, those that are not null in a column, or those that hold a value there. */
export type CountRows = (table: string, held?: HeldValue) => Promise<RowCount>;

export interface AskOptions {
  readonly countRows: CountRows;
  /** What migrations say is to stay. */
  readonly kept?: ReadonlySet<string>;
  readonly findInCode?: (table: string, column?: string) => InCode | undefined;
  /** What is wanted is a second database, and no entities. */
  readonly target?: 'database' | undefined;
}

/**
 * Asks until every question of the change is answered.
 * @param options.findInCode the entity, and of a column the property too, that describes a table or `table.column`.
 * @param options.countRows how many rows a drop would lose, or leave without a value.
 * @throws RefusedError (exit code 2) without a terminal, SettingsError for an answer to what is not in question.
 */
export async function askDecisions(
  change: SchemaChange,
  flags: DecisionFlags,
  options: AskOptions,
): Promise<Decisions> {
  const answers: string[] = [];
  for (;;) {
    const answered = addKept(addFlags(flags, answers), change, options.kept);
    const decisions = readDecisions(answered);
    assertAnswersFit(change, decisions);
    assertNoneInCode(decisions, options);
    const questions = planQuestions(change, decisions);
    if (questions.length === 0) {
      warnOfRequired(change, decisions, options);
      printAnswers(answers);
      return decisions;
    }
    // an answer can change the questions behind it; a message has to name all of them
    const asked = canAsk() ? questions.slice(0, 1) : questions;
    const choices: Choice[] = [];
    for (const question of asked) {
      // one after the other: rows may be counted on one connection
      choices.push(await toChoice(question, options));
    }
    const example = [...answers, ...exampleAnswers(change, answered)];
    answers.push(...(await decide('The change needs a decision', choices, example)));
  }
}

/** What was answered is not to be lost where the plan then fails, and can be given again for the file of another name. */
function printAnswers(answers: readonly string[]): void {
  if (answers.length > 0) {
    printProgress(`The same without questions: ${renderCreateCommand(process.argv, process.env, answers)}`);
  }
}

/** The release that does not know such a column cannot insert a row. */
function warnOfRequired({ before }: SchemaChange, { keeps }: Decisions, { kept = new Set() }: AskOptions): void {
  for (const name of keeps.difference(kept)) {
    const dot = name.lastIndexOf('.');
    if (before[name.slice(0, dot)]?.[name.slice(dot + 1)]?.needsValue) {
      printWarning(`${name} stays and must not be null: who inserts a row without it fails.`);
    }
  }
}

/** The first answer to each question, and to those that it raises: flags that would do together. */
function exampleAnswers(change: SchemaChange, given: DecisionFlags): string[] {
  const example: string[] = [];
  for (;;) {
    const [question] = planQuestions(change, readDecisions(addFlags(given, example)));
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
      return `${usingFlag(question)} ${name}=${quoteIdentifier(question.column)} at time zone 'UTC'`;
    case 'reordered':
      return `--reorder ${name}`;
    case 'gone value':
    case 'gone table':
    case 'gone column': {
      const [to] = question.candidates;
      const drop = question.kind === 'gone value' ? '--drop-value' : '--drop';
      return to === undefined ? `${drop} ${name}` : `--rename ${name}:${to}`;
    }
    default: {
      const never: never = question;
      return never;
    }
  }
}

function usingFlag({ isBack }: { readonly isBack: boolean }): '--using' | '--using-back' {
  return isBack ? '--using-back' : '--using';
}

async function toChoice(question: Question, options: AskOptions): Promise<Choice> {
  const { name } = question;
  switch (question.kind) {
    case 'fill':
      return {
        question: question.isBack
          ? `${name} must not be null: the way back has to fill it, in rows written without it too.`
          : `${name} must not be null, and has no default.`,
        answers: [],
        text: {
          message: `Fill the rows there are ${question.isBack ? 'then ' : ''}with (${question.type}, a value or an SQL expression):`,
          flag: `--fill ${name}=`,
          findFault: findFillFault,
        },
      };
    case 'using':
      return {
        question: `${name} becomes ${question.to}, and only a time zone says what its values mean.`,
        answers: [],
        text: {
          message: `Its value as ${question.to} (SQL over the row, such as ${question.column} at time zone 'UTC'):`,
          flag: `${usingFlag(question)} ${name}=`,
        },
      };
    case 'gone value':
      return toValueChoice(question, options);
    case 'reordered':
      return {
        question: `${options.target ? 'The second database has' : 'The entities have'} the values of ${name} in another order; PostgreSQL compares and sorts by it.`,
        answers: [
          { label: 'Make the type anew in that order, in two steps', flag: `--reorder ${name}` },
          { label: 'Leave the order in the database as it is', flag: `--keep ${name}` },
        ],
      };
    case 'gone table':
    case 'gone column':
      return toGoneChoice(question, options);
    default: {
      const never: never = question;
      return never;
    }
  }
}

async function toGoneChoice(
  question: Extract<Question, { kind: 'gone table' | 'gone column' }>,
  { countRows, target }: AskOptions,
): Promise<Choice> {
  const { name } = question;
  const count = await countRows(question.table, question.kind === 'gone column' ? question : undefined);
  const loses = count.rows === 0 ? 'no row holds data' : `${renderHolders(count)} data that would be lost`;
  const isRequired = question.kind === 'gone column' && question.isRequired;
  return {
    question: target ? `The second database has no ${name}.` : `No entity describes ${name} any more.`,
    answers: [
      ...question.candidates.flatMap(to => renameAnswers(`${name}:${to}`, to).slice(target ? 1 : 0)),
      { label: `Drop it (${loses})`, flag: `--drop ${name}` },
      {
        label: `Leave it in the database${isRequired ? ' (who inserts a row must name it)' : ''}`,
        flag: `--keep ${name}`,
      },
    ],
  };
}

async function toValueChoice(
  { name, label, candidates, holders }: Extract<Question, { kind: 'gone value' }>,
  { countRows, target }: AskOptions,
): Promise<Choice> {
  const counts = await Promise.all(holders.map(({ table, column }) => countRows(table, { column, value: label })));
  const rows = counts.reduce((sum, count) => sum + count.rows, 0);
  const count = { rows, isEstimated: counts.some(({ isEstimated }) => isEstimated) };
  const holds = rows === 0 ? 'no row holds it' : `${renderHolders(count)} it, and must not then`;
  return {
    question: target ? `The second database has no value ${name}.` : `No entity has the value ${name} any more.`,
    answers: [
      ...candidates.map(to => ({
        label: `It is called ${to} now, at once: no running release uses the old value`,
        flag: `--rename ${name}:${to}`,
      })),
      { label: `Give it up: a type without it is made, in two steps (${holds})`, flag: `--drop-value ${name}` },
      { label: 'Leave it in the database, unused', flag: `--keep ${name}` },
    ],
  };
}

function renderHolders({ rows, isEstimated }: RowCount): string {
  return `${isEstimated ? 'about ' : ''}${rows} ${rows === 1 ? 'row holds' : 'rows hold'}`;
}

/** The way that costs nothing first: it is none between two databases. */
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
    dropValue: [...(flags.dropValue ?? []), ...of('--drop-value')],
    reorder: [...(flags.reorder ?? []), ...of('--reorder')],
    keepOld: flags.keepOld ?? false,
  };
}
