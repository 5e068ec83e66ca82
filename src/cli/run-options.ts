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
  schema: { alias: 's', type: 'string', requiresArg: true, describe: 'Run against this schema' },
} as const satisfies Record<string, Options>;

export interface RunArguments {
  to?: string;
  from?: string;
  only?: string;
  schema?: string;
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
