/** What `migration:create` would write: the same plan, and no file. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { readDecisionVariables } from './generator/ask.ts';
import { planChange } from './generator/create-migrations.ts';
import type { OnlineMigrator } from './migrator.ts';
import type { FilePlan } from './planner/plan-files.ts';
import { Executor } from './runner/executor.ts';
import { reportDrift } from './runner/live.ts';
import { OnlineMigrationStorage } from './runner/migration-storage.ts';
import { createReporter } from './runner/report.ts';
import { DEFAULT_SETTINGS } from './runner/settings.ts';
import type { OnlineSchemaGenerator } from './schema-generator.ts';

/** @throws RefusedError for a decision that is missing, MigrationError for what has no online form. */
export async function previewChange(
  { em, config, schema }: Pick<MikroORM, 'em' | 'config' | 'schema'>,
  migrator: OnlineMigrator,
): Promise<readonly FilePlan[]> {
  const driver = em.getDriver();
  const executor = new Executor({
    driver,
    config,
    storage: new OnlineMigrationStorage(driver, config.get('migrations')),
    reporter: createReporter({ silent: true, env: {} }),
    settings: () => DEFAULT_SETTINGS,
  });
  const change = await (schema as unknown as OnlineSchemaGenerator).change();
  const names = new Set((await migrator.getPending()).map(({ name }) => name));
  const pending = (await migrator.listMigrations()).filter(({ name }) => names.has(name));
  const waiting = new Set(names.size > 0 ? (await migrator.getWaiting()).map(({ name }) => name) : []);
  const live = await executor.readLive({ history: change.history, pending, waiting });
  reportDrift(live);
  const countRows = (table: string, column?: string): Promise<number> => executor.countRows(table, column);
  return planChange({ ...change, readFacts: live.readFacts, countRows }, readDecisionVariables(process.env));
}
