import type { MikroORM } from '@mikro-orm/postgresql';
import { SettingsError } from '../errors.ts';
import type { OnlineMigrator } from '../migrator.ts';

/**
 * Runs `work` with the project's ORM, found as `mikro-orm` finds it, and closes its connections afterwards. MikroORM is loaded
 * only here, so that commands which do without it start at once.
 * @throws SettingsError when the project does not register our migrator.
 */
export async function withOrm<T>(work: (orm: MikroORM, migrator: OnlineMigrator) => Promise<T>): Promise<T> {
  const { CLIHelper } = await import('@mikro-orm/cli');
  const orm = (await CLIHelper.getORM()) as unknown as MikroORM;
  try {
    return await work(orm, await ownMigrator(orm));
  } finally {
    await orm.close(true);
  }
}

async function ownMigrator({ migrator }: MikroORM): Promise<OnlineMigrator> {
  const { OnlineMigrator } = await import('../migrator.ts');
  if (migrator instanceof OnlineMigrator) {
    return migrator;
  }
  throw new SettingsError({
    title: 'Bad configuration: mikro-orm.config',
    happens: 'OnlineMigrator is not among its extensions.',
    remedy: 'Add it: extensions: [OnlineSchemaGenerator, OnlineMigrator, OnlineSeedManager]',
  });
}
