import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

export const command: CommandModule = {
  command: 'start',
  describe: 'A running PostgreSQL, migrated and with development data',
  builder: args =>
    args.epilogue(
      'Exit codes: 0 it is there, or it was before · 1 failed · 2 refused: production, or a server elsewhere',
    ),
  handler: () =>
    withOrm(async (orm, migrator) => {
      const { assertMaySeed } = await import('../seed-manager.ts');
      await assertMaySeed(orm);
      const executed = await migrator.up();
      const { host, port, database } = orm.driver.getConnection().getConnectionOptions();
      printResult(`Database: ${database} on ${host}:${port}, ${describeMigrations(executed.length)}.`);
      await orm.seeder.seedString(orm.config.get('seeder').defaultSeeder ?? 'DatabaseSeeder');
      NEXT.forEach(printResult);
    }),
};

function describeMigrations(executed: number): string {
  return executed === 0 ? 'already at the latest migration' : `migrated (${executed} executed now)`;
}

const NEXT = [
  'Next:',
  '  npm run db:url                                          its URL, for psql and other clients',
  '  npm run migrate:status                                  which migrations are executed',
  '  npx mikro-orm migration:create --name add_something     after a change of an entity class',
  '  npm run db:stop                                         when you are done',
];
