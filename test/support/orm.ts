import { MikroORM } from '@mikro-orm/postgresql';
import config from '../../mikro-orm.config.ts';
import type { OnlineMigrator } from '../../src/migrator.ts';

/** Sunschool's own ORM on the database at `url`, without the progress of its migrator. */
export async function withSunschool<T>(
  url: string,
  work: (orm: MikroORM, migrator: OnlineMigrator) => Promise<T>,
): Promise<T> {
  process.env.DATABASE_URL = url;
  const options = await config().finally(() => delete process.env.DATABASE_URL);
  const orm = await MikroORM.init({
    ...options,
    migrations: { ...options.migrations, silent: true },
    allowGlobalContext: true,
  });
  try {
    return await work(orm, orm.migrator as unknown as OnlineMigrator);
  } finally {
    await orm.close(true);
  }
}
