/** A planned change, run there and back on a database without rows that the migrations have made: what answers are worth. */
import type { Queryable } from '../catalog/queryable.ts';
import { postgresError, SettingsError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';
import type { Decisions } from '../planner/decisions.ts';
import type { FilePlan } from '../planner/plan-files.ts';
import { readStatements } from '../statement/read.ts';
import { type ReplayedMigration, replay } from './replay.ts';
import { withoutConcurrency } from './replayable.ts';
import type { ShadowServer } from './shadow.ts';

type Answers = Pick<Decisions, 'fills' | 'usings' | 'usingsBack'>;

export interface Trial {
  readonly files: readonly FilePlan[];
  readonly answers: Answers;
}

/** True where a person gave an expression: all else that a plan consists of is our own. */
export function hasExpressions({ fills, usings, usingsBack }: Answers): boolean {
  return fills.size + usings.size + usingsBack.size > 0;
}

/**
 * Runs the files' `up`, then their `down`, on a shadow database. PostgreSQL reads an expression against the columns and types that
 * are there at that moment, and works constants out, also where no row asks for it.
 * @throws SettingsError (exit code 1) for an expression that PostgreSQL refuses, with its words.
 */
export async function tryPlan(
  server: ShadowServer,
  migrations: readonly ReplayedMigration[],
  { files, answers }: Trial,
): Promise<void> {
  await server.withDatabase(async ({ client }) => {
    await replay(client, migrations);
    for (const step of [...files.flatMap(({ up }) => up), ...files.toReversed().flatMap(({ down }) => down)]) {
      await tryStep(client, step, answers);
    }
  });
}

async function tryStep(client: Queryable, step: Step, answers: Answers): Promise<void> {
  const statements = await readStatements(step.sql);
  for (const statement of statements) {
    const sql = step.backfill ? statement.sql : withoutConcurrency(statement);
    try {
      await (sql && client.query(sql));
    } catch (error) {
      throw postgresError(error) ? explain(error, { step, sql: statement.sql, answers }) : error;
    }
  }
}

interface Refused {
  readonly step: Step;
  readonly sql: string;
  readonly answers: Answers;
}

function explain(cause: unknown, { step, sql, answers }: Refused): SettingsError {
  const flags = flagsOf(answers);
  const written = flags.filter(({ value, path }) => sql.includes(value) && isWritten(step, path));
  const own = written.length > 0 ? written : flags;
  return new SettingsError(
    {
      title: 'An answer does not fit the column that it is for',
      subject: own.map(({ flag, path, value }) => `${flag} ${path}=${value}`).join('\n'),
      happens: `PostgreSQL refuses it: ${sql}`,
      hurts: 'The migration would stop half-way, with the column there and its rows empty.',
      remedy: own.some(({ flag }) => flag === '--fill') ? FILL : USING,
      left: 'Nothing was written.',
    },
    { cause },
  );
}

const FILL = [
  'a value of the type of the column; a text has quotation marks of its own:  --fill users.locale="\'en\'"',
  'an expression over the columns of the row:  --fill "users.locale=lower(country)"',
];
const USING = [
  `an expression over the row that has the other type, by a cast at its end:  --using "lessons.grade=nullif(grade, '')::int"`,
];

interface Flag {
  readonly flag: string;
  readonly path: string;
  readonly value: string;
}

function flagsOf({ fills, usings, usingsBack }: Answers): Flag[] {
  const read = (flag: string, values: ReadonlyMap<string, string>): Flag[] =>
    [...values].map(([path, value]) => ({ flag, path, value }));
  return [...read('--fill', fills), ...read('--using', usings), ...read('--using-back', usingsBack)];
}

/** Where one value is given to several columns. */
function isWritten({ backfill, sql }: Step, path: string): boolean {
  const column = path.slice(path.lastIndexOf('.') + 1);
  const names = backfill ? Object.keys(backfill.set) : [sql];
  return names.some(name => name.includes(column));
}
