import { ExplainedError, MigrationError, postgresError } from '../errors.ts';

/** The error for a statement that PostgreSQL's parser does not take. */
export function badStatement(
  { name, position, of, sql }: { name: string; position: number; of: number; sql: string },
  error: unknown,
): MigrationError {
  return new MigrationError(
    {
      title: `Bad statement: ${name}, statement ${position} of ${of}`,
      subject: sql,
      happens: error instanceof Error ? error.message : String(error),
      remedy: 'Mend the statement in the migration file.',
      left: 'Nothing was run.',
    },
    { cause: error },
  );
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const READ_ONLY_TRANSACTION = '25006';

/** The error for a migration whose `up` or `down` fails while it lists its statements. */
export function notListed(name: string, method: 'up' | 'down', error: unknown): ExplainedError {
  if (error instanceof ExplainedError) {
    return error;
  }
  const isWrite = postgresError(error)?.code === READ_ONLY_TRANSACTION;
  return new MigrationError(
    {
      title: `Cannot list the statements of ${name}, ${method}`,
      happens: error instanceof Error ? error.message : String(error),
      ...(isWrite ? { hurts: 'What is written outside the listed statements is neither judged nor recorded.' } : {}),
      remedy: 'Write with this.addSql(…) or this.backfill(…); this.execute(…) is for reading.',
      left: 'Nothing was run.',
    },
    { cause: error },
  );
}
