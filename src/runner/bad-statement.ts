import { MigrationError } from '../errors.ts';

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
