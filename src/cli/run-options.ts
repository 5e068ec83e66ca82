import type { MigrateOptions } from '@mikro-orm/core';
import type { Options } from 'yargs';

/** MikroORM's flags of `migration:up` and `migration:down`. */
export const runOptions = {
  to: {
    alias: 't',
    type: 'string',
    requiresArg: true,
    describe: 'Run up to and with this one; revert all behind it (0: all)',
  },
  from: { alias: 'f', type: 'string', requiresArg: true, describe: 'Begin behind this migration' },
  only: { alias: 'o', type: 'string', requiresArg: true, describe: 'Only these, separated by commas' },
  'yes-lose-data': {
    type: 'boolean',
    describe: 'In production: do not ask (MIGRATE_YES_LOSE_DATA=1)',
  },
  schema: { alias: 's', type: 'string', requiresArg: true, describe: 'Run against this schema' },
} as const satisfies Record<string, Options>;

/** Of both. */
export const allowMissing = {
  'allow-missing': { type: 'boolean', describe: 'Although what has run here has no file' },
} as const satisfies Record<string, Options>;

export const allowOutOfOrder = {
  'allow-out-of-order': {
    type: 'boolean',
    describe: 'Run what is numbered below one that has run too',
  },
} as const satisfies Record<string, Options>;

/** Of `up`. */
export const paceOption = {
  'max-rows-per-second': {
    type: 'number',
    requiresArg: true,
    describe: 'Of backfills (MIGRATE_MAX_ROWS_PER_SECOND)',
  },
} as const satisfies Record<string, Options>;

/** Of `up`. */
export const stagingOptions = {
  report: {
    type: 'string',
    requiresArg: true,
    describe: 'On staging: write what each step took to this file (MIGRATE_REPORT)',
  },
  'staging-report': {
    type: 'string',
    requiresArg: true,
    describe: 'The report of staging: only what ran there (MIGRATE_STAGING_REPORT)',
  },
} as const satisfies Record<string, Options>;

/** Of `up`; without a name all of them. */
export const contractOption = {
  contract: {
    type: 'string',
    describe: 'The release is out: run what waited (MIGRATE_CONTRACT)',
  },
} as const satisfies Record<string, Options>;

export interface RunArguments {
  to?: string;
  from?: string;
  only?: string;
  schema?: string;
  allowMissing?: boolean;
  allowOutOfOrder?: boolean;
  yesLoseData?: boolean;
  contract?: string;
  maxRowsPerSecond?: number;
  report?: string;
  stagingReport?: string;
}

/** Hands the consents on to where plain `mikro-orm` has them from. */
export function setConsents({
  allowMissing: missing,
  allowOutOfOrder: outOfOrder,
  yesLoseData,
  contract,
  maxRowsPerSecond,
  report,
  stagingReport,
}: RunArguments): void {
  if (report !== undefined) {
    process.env.MIGRATE_REPORT = report;
  }
  if (stagingReport !== undefined) {
    process.env.MIGRATE_STAGING_REPORT = stagingReport;
  }
  if (maxRowsPerSecond !== undefined) {
    process.env.MIGRATE_MAX_ROWS_PER_SECOND = String(maxRowsPerSecond);
  }
  if (missing) {
    process.env.MIGRATE_ALLOW_MISSING = '1';
  }
  if (outOfOrder) {
    process.env.MIGRATE_ALLOW_OUT_OF_ORDER = '1';
  }
  if (yesLoseData) {
    process.env.MIGRATE_YES_LOSE_DATA = '1';
  }
  if (contract !== undefined) {
    // on the command line 1 is a number like any other
    process.env.MIGRATE_CONTRACT = contract === '' ? '1' : contract.padStart(4, '0');
  }
}

/** Flags to what the migrator takes; `--only` gives way to `--to` and `--from`, as in MikroORM. */
export function readRunOptions({ to, from, only, schema }: RunArguments): MigrateOptions {
  return {
    ...(to === undefined ? {} : { to: to === '0' ? 0 : to }),
    ...(from === undefined ? {} : { from }),
    ...(only !== undefined && to === undefined && from === undefined ? { migrations: only.split(/[, ]+/) } : {}),
    ...(schema === undefined ? {} : { schema }),
  };
}
