import { Migration } from '@mikro-orm/migrations';

/**
 * What migration files extend. `up` and `down` list their statements with `this.addSql(…)`; nothing runs while they do,
 * so that the runner sees the whole migration before its first statement.
 */
export abstract class OnlineMigration extends Migration {
  /** Number and name, as the file is called and the database records it: `0004_quiz_answers`. */
  abstract override readonly name: string;
}
