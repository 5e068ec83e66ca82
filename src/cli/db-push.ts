import type { CommandModule } from 'yargs';
import { RefusedError } from '../errors.ts';
import { isProduction } from '../server/production.ts';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

export const command: CommandModule = {
  command: 'db:push',
  describe: 'Bring a development database to the entities without a migration',
  builder: args => args.epilogue('Exit codes: 0 done or nothing to do · 1 failed · 2 refused: production'),
  handler: () => {
    if (isProduction(process.env)) {
      throw new RefusedError({
        title: 'Refused: db:push in production',
        happens: 'It changes tables without a migration: no review, no rollback, plain locks.',
        hurts: 'Columns that no entity describes are dropped with their values.',
        remedy: 'npm run migrate:create, and npm run migrate once it is reviewed.',
        left: 'Nothing was changed.',
      });
    }
    return withOrm(async orm => {
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
    });
  },
};
