import type { Configuration, MigrationsOptions } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { ListedStatement } from '../migration.ts';
import type { Change } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { listStatements, type NamedMigration } from './list-statements.ts';
import { importMigration, type MigrationClass } from './migration-classes.ts';

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
  async load(names: readonly string[]): Promise<NamedMigration[]> {
    const { migrationsList = [] } = this.#context;
    const found = await this.#context.discover();
    const loaded: NamedMigration[] = [];
    for (const name of names) {
      const index = found.findIndex(migration => migration.name === name);
      const entry = migrationsList[index];
      const listed = typeof entry === 'function' ? entry : entry?.class;
      if (index >= 0) {
        loaded.push({
          name,
          MigrationClass: (listed as MigrationClass | undefined) ?? (await importMigration(found[index]?.path ?? '')),
        });
      }
    }
    return loaded;
  }

  /** What `up` of each of them lists. */
  async list(names: readonly string[]): Promise<ListedMigration[]> {
    const listed: ListedMigration[] = [];
    for (const migration of await this.load(names)) {
      listed.push({ name: migration.name, statements: await listStatements(migration, this.#context, 'up') });
    }
    return listed;
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
