#!/usr/bin/env node
/** The commands behind the npm scripts. */
import yargs from 'yargs';
import { exitCodeOf, SettingsError } from '../errors.ts';
import { printError } from '../terminal/terminal.ts';
import { command as dbPush } from './db-push.ts';
import { command as dbReset } from './db-reset.ts';
import { command as dbSeed } from './db-seed.ts';
import { command as dbStart } from './db-start.ts';
import { command as dbStop } from './db-stop.ts';
import { command as dbUrl } from './db-url.ts';
import { command as migrateAdopt } from './migrate-adopt.ts';
import { command as migrateCheck } from './migrate-check.ts';
import { command as migrateCreate } from './migrate-create.ts';
import { command as migrateDiff } from './migrate-diff.ts';
import { command as migrateDoctor } from './migrate-doctor.ts';
import { command as migrateDown } from './migrate-down.ts';
import { command as migrateLog } from './migrate-log.ts';
import { command as migratePlan } from './migrate-plan.ts';
import { command as migrateProtect } from './migrate-protect.ts';
import { command as migrateRenumber } from './migrate-renumber.ts';
import { command as migrateRepair } from './migrate-repair.ts';
import { command as migrateSql } from './migrate-sql.ts';
import { command as migrateStatus } from './migrate-status.ts';
import { command as migrateUnlog } from './migrate-unlog.ts';
import { command as migrateUp } from './migrate-up.ts';
import { command as migrateVerify } from './migrate-verify.ts';
import { command as start } from './start.ts';

const commands = [
  start,
  migrateUp,
  migrateDown,
  migrateCreate,
  migrateDiff,
  migrateCheck,
  migratePlan,
  migrateSql,
  migrateStatus,
  migrateDoctor,
  migrateAdopt,
  migrateRenumber,
  migrateRepair,
  migrateProtect,
  migrateLog,
  migrateUnlog,
  migrateVerify,
  dbStart,
  dbStop,
  dbUrl,
  dbReset,
  dbSeed,
  dbPush,
];

try {
  await yargs(process.argv.slice(2))
    .scriptName('sunschool-db')
    .command(commands)
    .demandCommand(1, 'Which command? `--help` lists them.')
    .option('verbose', { type: 'boolean', describe: 'Show query texts and stack traces (MIGRATE_VERBOSE=1)' })
    .middleware(({ verbose }) => {
      if (verbose) {
        process.env.MIGRATE_VERBOSE = '1';
      }
    })
    .strict()
    .recommendCommands()
    // Of a flag given twice the last counts, rather than an array that no command expects.
    .parserConfiguration({ 'duplicate-arguments-array': false })
    // The terminal breaks what is too long; yargs would break it within words.
    .wrap(null)
    .epilogue('Exit codes: 0 done or nothing to do · 1 failed · 2 a person must decide · 3 something is pending')
    .fail((message, error) => {
      throw error ?? usageError(message);
    })
    .parseAsync();
} catch (error) {
  printError(error);
  process.exitCode = exitCodeOf(error);
}

function usageError(message: string): SettingsError {
  return new SettingsError({
    title: 'Cannot read the command line',
    happens: message,
    remedy: 'Add --help to the command (behind `--` with npm run) to see what it takes.',
    left: 'Nothing was done.',
  });
}
