/** The questions of a change in words, and the flags that answer them. */
import {
  type DecisionFlags,
  type Decisions,
  planQuestions,
  type Question,
  readDecisions,
  type SchemaOutline,
} from '../planner/decisions.ts';
import { type Choice, decide } from '../terminal/decide.ts';

/** Answers to what only a person can know, as `MIGRATE_RENAME`, `_DROP`, `_KEEP` and `_FILL` give them: a line each. */
export function readDecisionVariables(env: NodeJS.ProcessEnv): DecisionFlags {
  const lines = (value = ''): string[] =>
    value
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '');
  return {
    rename: lines(env.MIGRATE_RENAME),
    drop: lines(env.MIGRATE_DROP),
    keep: lines(env.MIGRATE_KEEP),
    fill: lines(env.MIGRATE_FILL),
  };
}

/**
 * Asks until every question of the change is answered.
 * @param options.countRows how many rows of a table, or of a column that are not null, a drop would lose.
 * @throws RefusedError (exit code 2) without a terminal.
 */
export async function askDecisions(
  { before, after }: { before: SchemaOutline; after: SchemaOutline },
  flags: DecisionFlags,
  options: { countRows: (table: string, column?: string) => Promise<number> },
): Promise<Decisions> {
  const given = flags;
  for (let answered: DecisionFlags = given; ; ) {
    const decisions = readDecisions(answered);
    const questions = planQuestions(before, after, decisions);
    if (questions.length === 0) {
      return decisions;
    }
    const choices = await Promise.all(questions.map(question => toChoice(question, options)));
    answered = addFlags(answered, await decide('The change needs a decision', choices));
  }
}

async function toChoice(question: Question, { countRows }: Parameters<typeof askDecisions>[2]): Promise<Choice> {
  const { name } = question;
  if (question.kind === 'fill') {
    return {
      question: `${name} must not be null, and has no default.`,
      answers: [],
      text: { message: `Fill the rows there are with (SQL, ${question.type}):`, flag: `--fill ${name}=` },
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
    drop: [...(flags.drop ?? []), ...of('--drop')],
    keep: [...(flags.keep ?? []), ...of('--keep')],
    fill: [...(flags.fill ?? []), ...of('--fill')],
  };
}
