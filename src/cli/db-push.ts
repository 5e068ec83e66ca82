import type { CommandModule } from 'yargs';
import { assertNotProduction } from '../server/protection.ts';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

export const command: CommandModule = {
  command: 'db:push',
  describe: 'Bring a development database to the entities without a migration',
  builder: args => args.epilogue('Exit codes: 0 done or nothing to do · 1 failed · 2 refused: production'),
  handler: () =>
    withOrm(async orm => {
      await assertNotProduction(orm.driver.getConnection(), REFUSAL);
      const statements = await orm.schema.getUpdateSchemaSQL({ wrap: false });
      if (statements.trim() === '') {
        printResult('Nothing to do: the database is as the entities describe it.');
        return;
      }
      await orm.schema.execute(statements);
      printResult(statements.trim());
      printResult(
        'The database is as the entities describe it; no migration was written. Next: npm run migrate:create',
      );
    }),
};

const REFUSAL = {
  title: 'db:push',
  hurts:
    'It changes tables without a migration: no review, no rollback, plain locks. Columns that no entity describes are dropped.',
  remedy: ['npm run migrate:create, and npm run migrate once it is reviewed.'],
};
