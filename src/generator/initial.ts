/** `migration:create --initial`: why there can be none. */
import { MigrationError } from '../errors.ts';
import type { MigrationFile } from './history.ts';

const TITLE = 'There can be no initial migration';

/** @throws MigrationError where migrations are there, as files or as records. */
export function assertNoneYet(history: readonly MigrationFile[], executed: readonly string[]): void {
  const [first] = history;
  if (!first && executed.length === 0) {
    return;
  }
  throw new MigrationError({
    title: TITLE,
    happens: first
      ? `The history begins with ${first.file}.`
      : `The database has executed ${executed[0]}, which has no file here.`,
    hurts: 'It would make every table once more, behind the migrations that made them.',
    remedy: first
      ? 'npm run migrate:create  writes what the entities describe and no migration makes yet.'
      : 'Check out the migrations, or forget them: npm run migrate:repair',
    left: 'No file was written.',
  });
}

/** What MikroORM says in a sentence of its own. @throws MigrationError */
export function explainInitial(error: unknown): never {
  const message = error instanceof Error ? error.message : '';
  const [, tables] = /^Some tables already exist in your schema.*?: (.+)$/s.exec(message) ?? [];
  if (message === 'No entities found') {
    throw new MigrationError(
      {
        title: TITLE,
        happens: 'There are no entities.',
        remedy: 'Give them to mikro-orm.config.ts; for statements of your own: npm run migrate:create -- --blank',
        left: 'No file was written.',
      },
      { cause: error },
    );
  }
  if (tables === undefined) {
    throw error;
  }
  throw new MigrationError(
    {
      title: TITLE,
      subject: tables,
      happens: 'The database has these tables of the entities, and not the others.',
      hurts: 'It would make them once more, or be recorded although some are missing.',
      remedy: [
        'Begin with an empty database: npm run migrate:create -- --initial',
        'Or with one that has all of them: the initial migration is then recorded there as executed.',
      ],
      left: 'No file was written.',
    },
    { cause: error },
  );
}
