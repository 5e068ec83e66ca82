import type { Transaction } from '@mikro-orm/core';
import { MigrationStorage } from '@mikro-orm/migrations';
import { escapeLiteral } from 'pg';
import { type ObjectName, quoteName, renderName } from '../statement/change.ts';
import { journalTable } from './journal.ts';
import { type LockedWork, withLockRetries } from './lock-policy.ts';
import type { Fingerprint } from './records/fingerprint.ts';
import type { Run } from './run.ts';
import { Watcher } from './watcher.ts';

/** A row of MikroORM's table; our columns are null in what stock MikroORM, or a version of ours without them, has written. */
export interface ExecutedMigration {
  readonly id: number;
  readonly name: string;
  readonly executed_at: Date;
  readonly file_hash?: string | null;
  readonly checksum?: string | null;
  readonly duration_ms?: number | null;
}

type Row = Awaited<ReturnType<MigrationStorage['getExecutedMigrations']>>[number] & ExecutedMigration;

/**
 * MikroORM's table of executed migrations, with nullable columns of ours. MikroORM creates it whenever anything looks at it; ours
 * is created only by commands that write, under the run lock (`createTable`), so that looking changes nothing and twenty
 * processes that start at once do not collide.
 */
export class OnlineMigrationStorage extends MigrationStorage {
  #exists = false;
  #master: Transaction | undefined;
  /** What a migration is that is recorded without being run. */
  fingerprint: ((name: string) => Promise<Fingerprint | undefined>) | undefined;

  /** Called by MikroORM before every access; without the table there is nothing to read, see `getExecutedMigrations`. */
  override async ensureTable(): Promise<void> {}

  /** Creates the table if it is absent. Call it with the run lock held. */
  async createTable(): Promise<void> {
    await super.ensureTable();
    this.#exists = true;
  }

  /** Adds the columns that are ours. Call it with the run lock held. */
  async ensureColumns(run: Run): Promise<void> {
    await ensureColumns(run, this.table());
  }

  override async getExecutedMigrations(): Promise<Row[]> {
    return (await this.tableExists()) ? ((await super.getExecutedMigrations()) as Row[]) : [];
  }

  /** The names as files have them: MikroORM's older versions recorded the extension too. */
  async records(): Promise<ExecutedMigration[]> {
    return (await this.getExecutedMigrations()).map(row => ({ ...row, name: this.getMigrationName(row.name) }));
  }

  /** The record alone, without what the migration is. */
  async insert(name: string, tx: Transaction): Promise<void> {
    await super.logMigration({ name }, tx);
  }

  override async logMigration(params: { name: string }, tx?: Transaction): Promise<void> {
    await super.logMigration(params, tx);
    const name = this.getMigrationName(params.name);
    const fingerprint = await this.fingerprint?.(name);
    if (fingerprint) {
      await this.setFingerprint(name, fingerprint, tx);
    }
  }

  /** With its record goes what the journal has of it. */
  override async unlogMigration(params: { name: string }, tx?: Transaction): Promise<void> {
    await super.unlogMigration(params, tx);
    await this.forgetSteps(this.getMigrationName(params.name), tx);
  }

  /** Without a checksum, the one that is recorded stays. */
  async setFingerprint(
    name: string,
    { fileHash, checksum }: Pick<Fingerprint, 'fileHash'> & Partial<Fingerprint>,
    tx?: Transaction,
  ): Promise<void> {
    const names = `name in (?, ? || '.ts', ? || '.js')`;
    await this.write(
      `update ${quoteName(this.table())} set file_hash = ?, checksum = coalesce(?, checksum) where ${names}`,
      [fileHash, checksum ?? null, name, name, name],
      tx,
    );
  }

  /** Call it where the journal is known to be there. */
  async forgetSteps(name: string, tx?: Transaction): Promise<void> {
    const { name: executed, ...schema } = this.table();
    const journal = quoteName({ ...schema, name: journalTable(executed) });
    await this.write(`delete from ${journal} where migration = ?`, [name], tx);
  }

  override setMasterMigration(transaction: Transaction): void {
    this.#master = transaction;
    super.setMasterMigration(transaction);
  }

  override unsetMasterMigration(): void {
    this.#master = undefined;
    super.unsetMasterMigration();
  }

  /** Where the records are. */
  table(): ObjectName {
    const { schemaName, tableName } = this.getTableName();
    return schemaName === undefined ? { name: tableName } : { schema: schemaName, name: tableName };
  }

  private async write(sql: string, values: unknown[], tx: Transaction | undefined): Promise<void> {
    await this.driver.getConnection().execute(sql, values, 'run', tx ?? this.#master);
  }

  private async tableExists(): Promise<boolean> {
    if (!this.#exists) {
      const { tableName, schemaName } = this.getTableName();
      const helper = this.driver.getPlatform().getSchemaHelper();
      this.#exists = Boolean(await helper?.tableExists(this.driver.getConnection(), tableName, schemaName));
    }
    return this.#exists;
  }
}

/** Nullable and without a default: MikroORM's own inserts go on, and no row is written. */
export const COLUMNS = { file_hash: 'text', checksum: 'text', duration_ms: 'integer' } as const;

async function ensureColumns(run: Run, table: ObjectName): Promise<void> {
  const { client } = run.session;
  const name = quoteName(table);
  const { rows } = await client.query(
    'select attname as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped',
    [name],
  );
  const missing = Object.entries(COLUMNS).filter(([column]) => !rows.some(row => row.name === column));
  if (missing.length === 0) {
    return;
  }
  const additions = missing.map(([column, type]) => `add column if not exists ${column} ${type}`).join(', ');
  const sql = `alter table ${name} ${additions}`;
  // a dump of the whole database reads this table too, for as long as it takes
  const work: LockedWork = {
    activity: { method: 'up', migration: table.name, step: 1, steps: 1 },
    sql,
    locks: [{ table: renderName(table), mode: 'ACCESS EXCLUSIVE' }],
    lockAhead: false,
    isAssumedSafe: false,
    isLong: false,
  };
  // `mikro-orm` has two connections: one that a watcher kept would be missing where MikroORM reads the records
  const watcher = new Watcher(run.source);
  try {
    await withLockRetries({ ...run, watcher }, work, async prelude => {
      try {
        await client.query(['begin', ...prelude, sql, 'commit'].join(';\n'));
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    });
  } finally {
    await watcher.close();
  }
}

export interface RecordedRun {
  readonly name: string;
  readonly method: 'up' | 'down';
  /** Of `up`. */
  readonly fingerprint?: Fingerprint | undefined;
  /** It is known to be pending: where a thousand are recorded one by one, none is looked for among those before it. */
  readonly isNew?: boolean;
}

/**
 * Gives the statement that writes, or takes away, the record of a migration: part of the transaction of its last step. Call
 * `recorder` when the migration begins, and what it gives when it ends.
 */
export function recorder(table: ObjectName, recorded: RecordedRun): () => string {
  const startedAt = performance.now();
  return () =>
    recordSql(
      table,
      recorded,
      `${Math.round(performance.now() - startedAt)}
           + (extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)::int`,
    );
}

/** The statement itself. @param elapsedMs SQL for how long the migration took, in ms. */
export function recordSql(table: ObjectName, recorded: RecordedRun, elapsedMs: string): string {
  const { name, method, fingerprint, isNew = false } = recorded;
  const [executed, value] = [quoteName(table), escapeLiteral(name)];
  // MikroORM's older versions recorded the extension too
  const names = `name in (${value}, ${value} || '.ts', ${value} || '.js')`;
  if (method === 'down') {
    return `delete from ${executed} where ${names}`;
  }
  const literal = (text: string | null | undefined): string => (text ? escapeLiteral(text) : 'null');
  const [hash, checksum] = [literal(fingerprint?.fileHash), literal(fingerprint?.checksum)];
  // one that was half reverted and goes up again is recorded already
  return `insert into ${executed} (name, file_hash, checksum, duration_ms)
    select ${value}, ${hash}, ${checksum}, ${elapsedMs}${isNew ? '' : ` where not exists (select from ${executed} where ${names})`}`;
}
