import { CLIHelper } from '@mikro-orm/cli';
import type { MikroORM } from '@mikro-orm/postgresql';
import { SettingsError } from '../errors.ts';
import { OnlineMigrator } from '../migrator.ts';

/**
 * Runs `work` with the project's ORM, found as `mikro-orm` finds it, and closes its connections afterwards.
 * @throws SettingsError when the project does not register our migrator.
 */
export async function withOrm<T>(work: (orm: MikroORM, migrator: OnlineMigrator) => Promise<T>): Promise<T> {
  const orm = (await CLIHelper.getORM()) as unknown as MikroORM;
  try {
    const { migrator } = orm;
    if (!(migrator instanceof OnlineMigrator)) {
      throw new SettingsError({
        title: 'Bad configuration: mikro-orm.config',
        happens: 'OnlineMigrator is not among its extensions.',
        remedy: 'Add it: extensions: [OnlineSchemaGenerator, OnlineMigrator, OnlineSeedManager]',
      });
    }
    return await work(orm, migrator);
  } finally {
    await orm.close(true);
  }
}
