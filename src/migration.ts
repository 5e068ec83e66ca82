import { Migration } from '@mikro-orm/migrations';
import type { Backfill } from './plan/plan.ts';
import { quoteIdentifier, quoteRendered } from './statement/change.ts';

/** What a migration lists, in its order. */
export interface ListedStatement {
  readonly sql: string;
  /** Only of backfills; `sql` is then the update of the whole table that its batches add up to. */
  readonly backfill?: Backfill;
  /** Why a person holds it for safe although a rule refuses it. */
  readonly assumedSafe?: string;
  /** The table whose columns change places: it shares one transaction with those of the same swap next to it. */
  readonly swap?: string;
}

/**
 * What migration files extend. `up` and `down` list their statements with `addSql`, `backfill` and `assumeSafe`; nothing runs
 * while they do, so that the whole migration is judged before its first statement. They may read with `execute`, not write.
 */
export abstract class OnlineMigration extends Migration {
  /** Number and name, as the file is called and the database records it: `0004_quiz_answers`. */
  abstract override readonly name: string;
  /**
   * Of a contract, which removes what the release before still uses: the name of its expand, or 'release' where only the
   * release itself is waited for. It runs when somebody says that the release is out, see docs/deploy.md.
   */
  readonly contracts?: string;
  /**
   * What is to stay in the database although no entity describes it any more: `lessons`, `lessons.category`, a value of an enum
   * (`lesson_status.QUEUED`), or the enum where the order of its values is to stay. `migration:create` does not ask about it again.
   */
  readonly keeps?: readonly string[];

  #listed: ListedStatement[] = [];

  override addSql(sql: Parameters<Migration['addSql']>[0]): void {
    this.list({ sql: typeof sql === 'string' ? sql : String(sql) });
  }

  /** Lets a statement through that the rules refuse. The reason is printed when it runs: say who looked at what. */
  assumeSafe(reason: string, sql: string): void {
    if (reason.trim() === '') {
      throw new Error('assumeSafe wants a reason: who looked at what');
    }
    this.list({ sql, assumedSafe: reason });
  }

  /**
   * Fills old rows in small batches, each a transaction of its own.
   * @param fill.set column to value; a string is an SQL expression over the row, such as `'5'` or `'lower(email)'`.
   * @param fill.where the rows that are still to be filled; it must not hold any more once they are.
   */
  backfill(table: string, fill: { set: Record<string, string | number | boolean>; where: string }): void {
    const set = Object.fromEntries(Object.entries(fill.set).map(([column, value]) => [column, String(value)]));
    const assignments = Object.entries(set).map(([column, value]) => `${quoteIdentifier(column)} = ${value}`);
    const name = quoteRendered(table);
    const sql = `update ${name} set ${assignments.join(', ')} where ${fill.where}`;
    this.list({ sql, backfill: { table, set, where: fill.where } });
  }

  /**
   * Puts one column in the place of another, in one short transaction: from one moment to the next the name has the other type.
   * @param table the table whose columns they are. @param statements catalog-only ones, in their order.
   */
  swap(table: string, statements: readonly string[]): void {
    for (const sql of statements) {
      this.list({ sql, swap: table });
    }
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
