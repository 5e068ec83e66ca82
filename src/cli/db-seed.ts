import type { CommandModule } from 'yargs';
import { SettingsError } from '../errors.ts';
import { withOrm } from './orm.ts';

interface SeedArguments {
  readonly class?: string;
  readonly rows?: string;
}

export const command: CommandModule<object, SeedArguments> = {
  command: 'db:seed',
  describe: 'Put made-up data into the database (same as mikro-orm seeder:run)',
  builder: args =>
    args
      .option('class', {
        alias: 'c',
        type: 'string',
        requiresArg: true,
        describe: 'The seeder to run, the development data by default',
      })
      .option('rows', {
        type: 'string',
        requiresArg: true,
        describe: 'How much a seeder of bulk data makes (SEED_ROWS)',
      })
      .epilogue('Exit codes: 0 seeded, or it was before · 1 failed · 2 refused: production, or a server elsewhere'),
  handler: args => runSeeder(args),
};

async function runSeeder({ class: name, rows }: SeedArguments): Promise<void> {
  if (rows !== undefined) {
    assertNamed(name);
    process.env.SEED_ROWS = rows;
  }
  await withOrm(async orm => {
    await orm.seeder.seedString(name ?? orm.config.get('seeder').defaultSeeder ?? 'DatabaseSeeder');
  });
}

function assertNamed(name: string | undefined): void {
  if (name === undefined) {
    throw new SettingsError({
      title: 'Cannot read the command line: --rows without --class',
      happens: 'The development data has one size; --rows is for a seeder of bulk data.',
      remedy: 'npm run db:seed -- --class BulkSeeder --rows 1000000',
      left: 'Nothing was written.',
    });
  }
}
