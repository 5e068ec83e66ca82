import type { PoolClient } from 'pg';
import { quoteIdentifier } from '../statement/change.ts';

/** One step of a migration, as the journal knows it. */
export interface JournalEntry {
  readonly migration: string;
  readonly method: 'up' | 'down';
  /** Position among the steps of the migration, from 0. */
  readonly position: number;
  readonly sql: string;
}

/**
 * Which steps of a migration that has not ended are done: where a killed run goes on. A row is written in the transaction of its
 * step, or right behind a step that PostgreSQL runs in none; the rows of a migration go when it ends.
 */
export class Journal {
  readonly #table: string;

  /** @param executedTable the table of executed migrations; the journal is one more beside it. */
  constructor({ schemaName, tableName }: { schemaName?: string; tableName: string }) {
    const name = quoteIdentifier(journalTable(tableName));
    this.#table = schemaName ? `${quoteIdentifier(schemaName)}.${name}` : name;
  }

  /** Call it with the run lock held. */
  async create(client: PoolClient): Promise<void> {
    await client.query(`create table if not exists ${this.#table} (
      migration text not null, method text not null, position int not null, sql text not null,
      done_at timestamptz not null default now(), primary key (migration, position))`);
  }

  /** The steps of a migration that are done, in their order. */
  async read(client: PoolClient, migration: string): Promise<JournalEntry[]> {
    const sql = `select migration, method, position, sql from ${this.#table} where migration = $1 order by position`;
    const { rows } = await client.query(sql, [migration]);
    return rows;
  }

  async write(client: PoolClient, { migration, method, position, sql }: JournalEntry): Promise<void> {
    const values = [migration, method, position, sql];
    await client.query(`insert into ${this.#table} (migration, method, position, sql) values ($1, $2, $3, $4)`, values);
  }

  async forget(client: PoolClient, migration: string): Promise<void> {
    await client.query(`delete from ${this.#table} where migration = $1`, [migration]);
  }
}

export function journalTable(executedTable: string): string {
  return `${executedTable}_journal`;
}
