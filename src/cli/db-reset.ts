import type { CommandModule } from 'yargs';
import { RefusedError } from '../errors.ts';
import {
  type EmbeddedOptions,
  findEmbeddedServer,
  recreateEmbeddedDatabase,
} from '../server/embedded/embedded-server.ts';
import { projectServer } from '../server/embedded/project.ts';
import { assertNotProduction } from '../server/protection.ts';
import { readConnectionSettings } from '../server/settings.ts';
import { canAsk, confirm, printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

interface ResetArguments {
  readonly yes?: boolean;
}

export const command: CommandModule<object, ResetArguments> = {
  command: 'db:reset',
  describe: 'Drop the development database with everything in it and build it anew, by the migrations',
  builder: args =>
    args
      .option('yes', { alias: 'y', type: 'boolean', describe: 'Do not ask' })
      .epilogue('Exit codes: 0 rebuilt · 1 failed · 2 refused: not the embedded server, or nobody said yes'),
  handler: ({ yes = false }) => reset({ yes }),
};

async function reset({ yes }: { yes: boolean }): Promise<void> {
  const options = await chooseDatabase();
  // Entities and configuration that cannot be loaded are found out while the database is still there.
  await withOrm(orm => assertNotProduction(orm.driver.getConnection(), REFUSAL));
  if (!yes) {
    await askFirst(options);
  }
  await recreateEmbeddedDatabase(options);
  await withOrm(async (_orm, migrator) => {
    const executed = await migrator.up();
    const migrations = executed.length === 1 ? '1 migration' : `${executed.length} migrations`;
    printResult(`The database ${options.database} is built anew: ${migrations}, no data. Next: npm run db:seed`);
  });
}

const REFUSAL = { title: 'db:reset', hurts: 'Everything in the database would be gone.' };

/**
 * The project's database, or another one of the embedded server when DATABASE_URL names it.
 * @throws RefusedError for every other server.
 */
async function chooseDatabase(): Promise<EmbeddedOptions> {
  const project = projectServer(process.cwd());
  const settings = readConnectionSettings(process.env);
  if (!settings) {
    return project;
  }
  const embedded = await findEmbeddedServer(project);
  const isEmbedded = settings.hosts.every(
    ({ host, address, port }) => LOOPBACK.has(address ?? host) && port === embedded?.port,
  );
  if (!isEmbedded) {
    throw new RefusedError({
      title: 'Refused: db:reset of a server that is not the embedded one',
      happens: 'DATABASE_URL names another server.',
      hurts: 'Everything in that database would be gone.',
      remedy: 'Unset DATABASE_URL to rebuild the development database: env -u DATABASE_URL npm run db:reset',
      left: 'Nothing was changed.',
    });
  }
  return { ...project, database: settings.database };
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost']);

async function askFirst({ database }: EmbeddedOptions): Promise<void> {
  const refusal = { title: 'Refused: db:reset drops a database', left: 'Nothing was changed.' };
  if (!canAsk()) {
    throw new RefusedError({
      ...refusal,
      happens: 'There is no terminal to ask in, and --yes was not given.',
      hurts: `Everything in the development database ${database} would be gone.`,
      remedy: 'npm run db:reset -- --yes',
    });
  }
  if (!(await confirm(`Drop the development database ${database} with everything in it, and build it anew?`))) {
    throw new RefusedError({ ...refusal, happens: 'You did not say yes.', remedy: 'Nothing, if you meant no.' });
  }
}
