import type { MikroORM } from '@mikro-orm/postgresql';
import type { CommandModule } from 'yargs';
import { RefusedError } from '../errors.ts';
import type { Marker } from '../server/protection.ts';
import { canAsk, confirm, printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

interface Arguments {
  readonly off?: boolean;
  readonly yes?: boolean;
  readonly stagingFirst?: boolean;
}

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:protect',
  describe: 'Mark the database as production, so that no command drops, fills or reverts it by accident',
  builder: args =>
    args
      .options({
        'staging-first': {
          type: 'boolean',
          describe: 'migrate wants a report of staging first (--no-… takes it back)',
        },
        off: {
          type: 'boolean',
          describe: 'Take the mark away: the database is a copy, or development',
          conflicts: 'staging-first',
        },
        yes: { alias: 'y', type: 'boolean', describe: 'With --off: do not ask' },
      })
      .epilogue(
        'The mark is a table in the database; copies with data have it too.\n' +
          'Exit codes: 0 done or nothing to do · 1 failed · 2 refused: nobody said yes to --off',
      ),
  handler: ({ off, yes = false, stagingFirst }) => (off ? unprotectDatabase({ yes }) : protectDatabase(stagingFirst)),
};

function protectDatabase(stagingFirst: boolean | undefined): Promise<void> {
  return withOrm(async orm => {
    const { protect } = await import('../server/protect.ts');
    const { marker, wasThere } = await protect(orm.driver.getConnection(), {
      schema: orm.config.get('schema'),
      stagingFirst,
    });
    printResult(
      `The database ${databaseOf(orm)} is protected${wasThere ? ' already' : ''}${marker ? describeSet(marker) : ''}.` +
        `${marker?.set?.stagingFirst ? ' migrate wants a report of staging: npm run migrate -- --staging-report FILE' : ''}`,
    );
  });
}

async function unprotectDatabase({ yes }: { yes: boolean }): Promise<void> {
  await withOrm(async orm => {
    const { readMarker } = await import('../server/protection.ts');
    const { unprotect } = await import('../server/protect.ts');
    const connection = orm.driver.getConnection();
    const database = databaseOf(orm);
    const marker = await readMarker(connection);
    if (!marker) {
      printResult(`The database ${database} is not protected: nothing to do.`);
      return;
    }
    if (!yes) {
      await askFirst(database, marker);
    }
    await unprotect(connection);
    printResult(`The database ${database} is not protected any more. Back: npm run migrate:protect`);
  });
}

function databaseOf({ driver }: MikroORM): string {
  return driver.getConnection().getConnectionOptions().database ?? '';
}

function describeSet({ set }: Marker): string {
  return set ? `, since ${set.on} by ${set.by}` : '';
}

async function askFirst(database: string, marker: Marker): Promise<void> {
  const refusal = { title: 'Refused: taking the protection away', left: 'Nothing was changed.' };
  if (!canAsk()) {
    throw new RefusedError({
      ...refusal,
      happens: `The database ${database} is protected${describeSet(marker)}; there is no terminal to ask in, and --yes was not given.`,
      hurts: 'Commands that drop, overwrite or revert would no longer be refused.',
      remedy: 'npm run migrate:protect -- --off --yes',
    });
  }
  if (!(await confirm(`Take the protection of ${database}${describeSet(marker)} away?`))) {
    throw new RefusedError({ ...refusal, happens: 'You did not say yes.', remedy: 'Nothing, if you meant no.' });
  }
}
