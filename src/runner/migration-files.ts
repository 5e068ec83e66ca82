import { readFile } from 'node:fs/promises';
import type { Configuration, MigrationsOptions } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { type ListedStatement, OnlineMigration } from '../migration.ts';
import { planKept } from '../planner/kept-objects.ts';
import { readTouched, type Touched } from '../planner/touched-objects.ts';
import type { PendingMigration } from '../planner/waiting-contracts.ts';
import type { Change } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { listStatements, type NamedMigration } from './list-statements.ts';
import { importMigration, type MigrationClass } from './migration-classes.ts';
import { type Fingerprint, hashFile, readChecksum, readFingerprints } from './records/fingerprint.ts';
import { readMergedNames } from './records/repair.ts';

export interface ListedMigration {
  readonly name: string;
  readonly statements: readonly ListedStatement[];
}

export interface FilesContext {
  readonly driver: PostgreSqlDriver;
  readonly config: Configuration;
  /** Classes given in the configuration instead of files. */
  readonly migrationsList: MigrationsOptions['migrationsList'];
  /** The migrations that there are, in their order. */
  discover(): Promise<readonly { readonly name: string; readonly path?: string }[]>;
}

/** The migrations of a project: their names, their classes, and what they list. */
export class MigrationFiles {
  readonly #context: FilesContext;

  constructor(context: FilesContext) {
    this.#context = context;
  }

  async names(): Promise<string[]> {
    return (await this.#context.discover()).map(({ name }) => name);
  }

  /**
   * The classes of those of `names` that there are, in the order of `names`.
   * @throws MigrationError for a file that is no migration.
   */
  async load(names: readonly string[], version?: string): Promise<NamedMigration[]> {
    const { migrationsList = [] } = this.#context;
    const found = await this.#context.discover();
    const loaded: NamedMigration[] = [];
    for (const name of names) {
      const index = found.findIndex(migration => migration.name === name);
      const entry = migrationsList[index];
      const listed = (typeof entry === 'function' ? entry : entry?.class) as MigrationClass | undefined;
      const path = found[index]?.path;
      if (listed) {
        loaded.push({ name, MigrationClass: listed });
      } else if (path !== undefined) {
        loaded.push({ name, MigrationClass: await importMigration(path, version), path });
      }
    }
    return loaded;
  }

  /** Hashes, of those that `wanted` has, of the files as they are on the disk now; null for what is in no file. */
  async hashes(wanted: ReadonlySet<string>): Promise<{ name: string; fileHash: string | null }[]> {
    const found = await this.#context.discover();
    return found.map(({ name, path }) => ({ name, fileHash: wanted.has(name) ? hashFile(path) : null }));
  }

  /** @param fileHash from `hashes`; the file is loaded as it is now. */
  async checksum({ name, fileHash }: { name: string; fileHash: string | null }): Promise<string | undefined> {
    const [migration] = await this.load([name], fileHash ?? undefined);
    return migration && readChecksum(migration, this.#context);
  }

  /** Of the files that a rollup made: what they merge. */
  async rollups(isWanted: (name: string) => boolean): Promise<{ name: string; merged: string[] }[]> {
    const found = (await this.#context.discover()).filter(({ name, path }) => path !== undefined && isWanted(name));
    const read = found.map(async ({ name, path = '' }) => ({
      name,
      merged: readMergedNames(await readFile(path, 'utf8')),
    }));
    return (await Promise.all(read)).filter(({ merged }) => merged.length > 0);
  }

  /** Of those of `names` that there are. */
  async fingerprints(names: readonly string[]): Promise<Map<string, Fingerprint>> {
    return readFingerprints(await this.load(names), this.#context);
  }

  /** What `up`, or `down`, of each of them lists. */
  async list(names: readonly string[], method: 'up' | 'down' = 'up'): Promise<ListedMigration[]> {
    const listed: ListedMigration[] = [];
    for (const migration of await this.load(names)) {
      listed.push({ name: migration.name, statements: await listStatements(migration, this.#context, method) });
    }
    return listed;
  }

  /** Those of `names` that there are, and which of them are contracts. */
  async contracts(names: readonly string[]): Promise<PendingMigration[]> {
    const { driver, config } = this.#context;
    return (await this.load(names)).map(({ name, MigrationClass }) => {
      const migration = new MigrationClass(driver, config);
      return { name, contracts: migration instanceof OnlineMigration ? migration.contracts : undefined };
    });
  }

  /** What those of `names` that there are say is to stay although no entity describes it any more. */
  async kept(names: readonly string[]): Promise<Set<string>> {
    const { driver, config } = this.#context;
    const keeping = (await this.load(names)).map(({ name, MigrationClass }) => {
      const migration = new MigrationClass(driver, config);
      return { name, keeps: migration instanceof OnlineMigration ? (migration.keeps ?? []) : [] };
    });
    const first = keeping.findIndex(({ keeps }) => keeps.length > 0);
    const followed = first < 0 ? [] : keeping.slice(first);
    return planKept(
      await Promise.all(followed.map(async ({ name, keeps }) => ({ keeps, changes: await this.changes([name]) }))),
    );
  }

  /** What `up` of each of them touches; without those whose statements cannot be told yet. */
  async touched(names: readonly string[]): Promise<Map<string, Touched>> {
    const touched = new Map<string, Touched>();
    for (const migration of await this.load(names)) {
      try {
        const listed = await listStatements(migration, this.#context, 'up');
        const statements = await Promise.all(listed.map(({ sql }) => readStatements(sql)));
        touched.set(migration.name, readTouched(statements.flat()));
      } catch {
        // it looks for what an earlier one has yet to make, or cannot be read: said when it is to run
      }
    }
    return touched;
  }

  /** What `up` of each of them changes, one after the other. */
  async changes(names: readonly string[]): Promise<Change[]> {
    const changes: Change[] = [];
    for (const { sql } of (await this.list(names)).flatMap(({ statements }) => statements)) {
      changes.push(...(await readStatements(sql)).flatMap(statement => statement.changes));
    }
    return changes;
  }
}
