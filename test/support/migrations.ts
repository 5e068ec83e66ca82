import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type EntitySchema, MikroORM } from '@mikro-orm/postgresql';
import { connectionOptions, OnlineMigrator, OnlineSchemaGenerator } from '../../src/index.ts';
import { createTestDatabase, type DatabaseOptions, withClient } from './database.ts';
import { repository } from './project.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface FolderOptions extends DatabaseOptions {
  readonly url?: string;
  /** What the project describes. */
  readonly entities?: readonly EntitySchema[];
}

export interface MigrationsFolder {
  readonly url: string;
  /** The folder of the files. */
  readonly path: string;
  /** Writes `NNNN_x.ts` with these bodies of `up` and `down`; `base` is what the class extends. */
  write(
    recordedName: string,
    up: string,
    options?: { down?: string; base?: 'OnlineMigration' | 'Migration'; contracts?: string; header?: string },
  ): Promise<void>;
  remove(recordedName: string): Promise<void>;
  /** A migrator of its own, as another process would have it. */
  migrate<T>(work: (migrator: OnlineMigrator) => Promise<T>): Promise<T>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  executed(): Promise<string[]>;
}

/** A database, and a folder of hand-written migrations for it. */
export async function withMigrations<T>(
  work: (folder: MigrationsFolder) => Promise<T>,
  options: FolderOptions = {},
): Promise<T> {
  await using folder = await temporaryFolder();
  await using database = options.url === undefined ? await createTestDatabase(options) : undefined;
  const url = options.url ?? database?.url ?? '';
  const path = join(folder.path, 'migrations');
  await mkdir(path);
  const query: MigrationsFolder['query'] = async sql => (await withClient(url, client => client.query(sql))).rows;
  return await work({
    url,
    path,
    query,
    write: (recordedName, up, { down = '', base = 'OnlineMigration', contracts, header = '' } = {}) =>
      writeFile(join(path, `${recordedName}.ts`), header + source({ recordedName, up, down, base, contracts })),
    remove: recordedName => rm(join(path, `${recordedName}.ts`)),
    migrate: run => withMigrator({ url, path, entities: options.entities ?? [] }, run),
    executed: async () =>
      (await query('select name from mikro_orm_migrations order by id')).map(({ name }) => String(name)),
  });
}

function source({
  recordedName,
  up,
  down,
  base,
  contracts,
}: {
  recordedName: string;
  up: string;
  down: string;
  base: string;
  contracts: string | undefined;
}): string {
  const from = base === 'Migration' ? 'node_modules/@mikro-orm/migrations/index.js' : 'src/index.ts';
  return `import { ${base} } from '${repository}/${from}';
export class M extends ${base} {
  override readonly name = '${recordedName}';${
    contracts === undefined
      ? ''
      : `
  override readonly contracts = '${contracts}';`
  }
  override async up(): Promise<void> { ${up} }
  override async down(): Promise<void> { ${down} }
}
`;
}

interface Place {
  readonly url: string;
  readonly path: string;
  readonly entities: readonly EntitySchema[];
}

async function withMigrator<T>(
  { url, path, entities }: Place,
  work: (migrator: OnlineMigrator) => Promise<T>,
): Promise<T> {
  const options = defineConfig({
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
    extensions: [OnlineSchemaGenerator, OnlineMigrator],
    migrations: { path, silent: true },
    ...(await connectionOptions({ env: { ...process.env, DATABASE_URL: url }, cwd: path })),
  });
  const orm = await MikroORM.init(options);
  try {
    return await work(orm.migrator as unknown as OnlineMigrator);
  } finally {
    await orm.close(true);
  }
}
