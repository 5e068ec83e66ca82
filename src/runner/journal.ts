import { escapeLiteral, type PoolClient } from 'pg';
import type { Queryable } from '../catalog/queryable.ts';
import { PROTECTION_TABLE } from '../server/protection.ts';
import { type ObjectName, quoteName } from '../statement/change.ts';

/**
 * `done`: it will not run again. `begun`: it runs, or a run that was killed had begun it. `failed`: the last run stopped at it,
 * for the reason in `error`.
 */
export type StepState = 'done' | 'begun' | 'failed';

/** One step of a migration, as the journal knows it. */
export interface JournalEntry {
  readonly migration: string;
  readonly method: 'up' | 'down';
  /** Position among the steps of the migration, from 0. */
  readonly position: number;
  /** How many the migration has on this way; null where an older version wrote it. */
  readonly steps?: number | null;
  readonly sql: string;
  readonly state: StepState;
  /** Of a backfill: how far it is. */
  readonly progress?: unknown;
  /** Why the last run stopped here. */
  readonly error?: string | null;
}

/**
 * Which steps of a migration that has not ended are done: where a killed run goes on. A row is written in the transaction of its
 * step, or around a step that PostgreSQL runs in none; the rows of a migration go when it ends.
 */
export class Journal {
  readonly #table: string;
  readonly #executed: string;
  readonly #token: string;

  /** @param executed the table of executed migrations; the journal is one more beside it. */
  constructor(executed: ObjectName) {
    this.#table = quoteName({ ...executed, name: journalTable(executed.name) });
    this.#executed = quoteName(executed);
    const name = escapeLiteral(this.#executed);
    this.#token = `substring(obj_description(to_regclass(${name}), 'pg_class') from 'journal ([0-9a-f-]{36})')`;
  }

  /**
   * Creates the table if it is absent, and brings one of an older version up to this. A token in the comment of the table of
   * executed migrations ties the two: what was written for another such table, one that was dropped since, counts no more. Call
   * it with the run lock held.
   */
  async create(client: PoolClient): Promise<void> {
    await client.query(this.createSql());
  }

  /** The statement of `create`, which does all that by itself. */
  createSql(): string {
    const [table, executed] = [escapeLiteral(this.#table), escapeLiteral(this.#executed)];
    return `do $journal$
declare token text := ${this.#token};
begin
  if token is not null and exists (select from pg_attribute where attrelid = to_regclass(${table}) and attname = 'steps') then
    return;
  end if;
  token := coalesce(token, gen_random_uuid()::text);
  create table if not exists ${this.#table} (
    migration text not null, method text not null, position int not null, sql text not null,
    done_at timestamptz not null default now(), primary key (migration, position));
  execute format('alter table %s add column if not exists state text not null default ''done'',
    add column if not exists progress json, add column if not exists error text,
    add column if not exists steps int, add column if not exists token text default %L', ${table}, token);
  execute format('alter table %s alter column token set default %L', ${table}, token);
  execute format('comment on table %s is %L', ${executed}, 'Executed migrations; journal ' || token);
end $journal$`;
  }

  /** The steps of migrations that have not ended, in their order. */
  async readAll(client: Queryable): Promise<JournalEntry[]> {
    const { rows } = await client.query(
      // who only looks finds a table of an older version as it is
      `select migration, method, position, (to_jsonb(j)->>'steps')::int as steps, sql, state, progress, error
         from ${this.#table} j where token = ${this.#token} order by migration, position`,
    );
    return rows as unknown as JournalEntry[];
  }

  async read(client: PoolClient, migration: string): Promise<JournalEntry[]> {
    return (await this.readAll(client)).filter(entry => entry.migration === migration);
  }

  /** A query: whether the migration has begun, and stopped half-way. */
  isBegunSql(migration: string): string {
    return `select exists (select from ${this.#table} where migration = ${escapeLiteral(migration)}
      and token = ${this.#token} and (state <> 'failed' or position > 0))`;
  }

  /** The statement that writes an entry, or takes the place of the one for that step. */
  writeSql({ migration, method, position, steps, sql, state, error }: JournalEntry): string {
    const values = [migration, method, position, steps ?? null, sql, state, error ?? null].map(value =>
      value === null ? 'null' : typeof value === 'number' ? value : escapeLiteral(value),
    );
    return `insert into ${this.#table} as j (migration, method, position, steps, sql, state, error)
      values (${values.join(', ')})
      on conflict (migration, position) do update
      set method = excluded.method, steps = excluded.steps, sql = excluded.sql, state = excluded.state, error = excluded.error, done_at = now(),
          progress = case when j.sql = excluded.sql and j.token = excluded.token then j.progress end, token = excluded.token`;
  }

  /** The statement that keeps how far a step is: part of the transaction of a batch. */
  progressSql(entry: Pick<JournalEntry, 'migration' | 'position'>, progress: unknown): string {
    return this.progressSqlOf(entry, escapeLiteral(JSON.stringify(progress)));
  }

  /** The same with what it is as SQL. */
  progressSqlOf({ migration, position }: Pick<JournalEntry, 'migration' | 'position'>, value: string): string {
    return `update ${this.#table} set progress = ${value}, done_at = clock_timestamp()
      where migration = ${escapeLiteral(migration)} and position = ${position}`;
  }

  forgetSql(migration: string): string {
    return `delete from ${this.#table} where migration = ${escapeLiteral(migration)}`;
  }
}

/** The tables that are ours and no migration's, as `schema.name`. */
export function ownTables({ schema = 'public', name }: ObjectName): string[] {
  return [name, journalTable(name), PROTECTION_TABLE].map(table => `${schema}.${table}`);
}

export function journalTable(executedTable: string): string {
  return `${executedTable}_journal`;
}
