import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier } from './statement/change.ts';

/** What a migration lists, in its order. */
export type ListedStatement =
  | { readonly kind: 'sql'; readonly sql: string /** Why a person holds it for safe. */; readonly assumedSafe?: string }
  | ({
      readonly kind: 'backfill' /** The update of the whole table that its batches add up to. */;
      readonly sql: string;
    } & Backfill);

export interface Backfill {
  /** `lessons` or `school.lessons`. */
  readonly table: string;
  /** Column to SQL expression over the row. */
  readonly set: Readonly<Record<string, string>>;
  /** SQL condition of the rows that are still to be filled; it must not hold any more once they are. */
  readonly where: string;
}

/**
 * What migration files extend. `up` and `down` list their statements with `addSql`, `backfill` and `assumeSafe`; nothing runs
 * while they do, so that the whole migration is judged before its first statement. They may read with `execute`, not write.
 */
export abstract class OnlineMigration extends Migration {
  /** Number and name, as the file is called and the database records it: `0004_quiz_answers`. */
  abstract override readonly name: string;

  #listed: ListedStatement[] = [];

  override addSql(sql: Parameters<Migration['addSql']>[0]): void {
    this.list({ kind: 'sql', sql: typeof sql === 'string' ? sql : String(sql) });
  }

  /** Lets a statement through that the rules refuse. The reason is printed when it runs: say who looked at what. */
  assumeSafe(reason: string, sql: string): void {
    if (reason.trim() === '') {
      throw new Error('assumeSafe wants a reason: who looked at what');
    }
    this.list({ kind: 'sql', sql, assumedSafe: reason });
  }

  /**
   * Fills old rows in small batches, each a transaction of its own.
   * @param fill.set column to value; a string is an SQL expression over the row, such as `'5'` or `'lower(email)'`.
   * @param fill.where the rows that are still to be filled; it must not hold any more once they are.
   */
  backfill(table: string, fill: { set: Record<string, string | number | boolean>; where: string }): void {
    const set = Object.fromEntries(Object.entries(fill.set).map(([column, value]) => [column, String(value)]));
    const assignments = Object.entries(set).map(([column, value]) => `${quoteIdentifier(column)} = ${value}`);
    const name = table.split('.').map(quoteIdentifier).join('.');
    const sql = `update ${name} set ${assignments.join(', ')} where ${fill.where}`;
    this.list({ kind: 'backfill', table, set, where: fill.where, sql });
  }

  /** What `up` or `down` has listed since `reset`. */
  listed(): readonly ListedStatement[] {
    return this.#listed;
  }

  override reset(): void {
    super.reset();
    this.#listed = [];
  }

  private list(statement: ListedStatement): void {
    this.#listed.push(statement);
    super.addSql(statement.sql);
  }
}
