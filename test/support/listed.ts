import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { ListedStatement } from '../../src/migration.ts';
import { listStatements, type NamedMigration } from '../../src/runner/list-statements.ts';
import { importMigration } from '../../src/runner/migration-classes.ts';

/** The migrations of a folder in their order. */
export async function loadMigrations(folder: string): Promise<NamedMigration[]> {
  const files = (await readdir(folder)).filter(file => /^\d+_.*\.ts$/.test(file)).sort();
  return Promise.all(
    files.map(async file => ({
      name: basename(file, '.ts'),
      MigrationClass: await importMigration(join(folder, file)),
    })),
  );
}

/** What `up` or `down` of a migration lists. */
export function listOf(
  migration: NamedMigration,
  method: 'up' | 'down',
  orm: MikroORM,
): Promise<readonly ListedStatement[]> {
  return listStatements(migration, { driver: orm.em.getDriver() as never, config: orm.config }, method);
}
