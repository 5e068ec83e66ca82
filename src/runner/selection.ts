/** Which migrations a command means: names as typed, to names as recorded. Pure. */
import type { MigrateOptions } from '@mikro-orm/core';
import { MigrationError } from '../errors.ts';

/**
 * Finds the migration that `typed` means: its recorded name, its file, or its number (`0004`, `4`).
 * @throws MigrationError when there is none; MikroORM would run, or revert, everything.
 */
export function findName(names: readonly string[], typed: string): string {
  const wanted = typed.replace(/\.[jt]s$/, '');
  const number = /^\d{1,4}$/.test(wanted) ? `${wanted.padStart(4, '0')}_` : undefined;
  const found = names.find(name => name === wanted || (number && name.startsWith(number)));
  if (found === undefined) {
    throw new MigrationError({
      title: `Unknown migration: ${typed}`,
      happens: 'There is no migration of that name or number.',
      remedy: names.length === 0 ? 'There are none.' : ['One of these:', ...names],
      left: 'Nothing was changed.',
    });
  }
  return found;
}

/** The options of `up` and `down` with every name in them checked and completed. For `down`, `to: 0` reverts all. */
export function withKnownNames(
  method: 'up' | 'down',
  names: readonly string[],
  options: string | string[] | MigrateOptions | undefined,
): string[] | MigrateOptions | undefined {
  if (typeof options === 'string') {
    return [findName(names, options)];
  }
  if (Array.isArray(options)) {
    return options.map(name => findName(names, name));
  }
  const { to, from, migrations, ...rest } = options ?? {};
  return {
    ...rest,
    ...(to === undefined ? {} : { to: to === 0 && method === 'down' ? 0 : findName(names, String(to)) }),
    ...(from === undefined ? {} : { from: findName(names, String(from)) }),
    ...(migrations === undefined ? {} : { migrations: migrations.map(name => findName(names, name)) }),
  };
}

/** @throws MigrationError (exit code 2) when a migration is recorded whose file is gone: it could not be reverted. */
export function assertFilesExist(executed: readonly string[], names: readonly string[]): void {
  const known = new Set(names);
  const missing = executed.filter(name => !known.has(name));
  if (missing.length > 0) {
    throw new MigrationError(
      {
        title: 'Executed migrations are missing here',
        subject: missing.join('\n'),
        happens: 'The database records them, and this checkout has no file of that name.',
        hurts: 'Without its file a migration cannot be reverted, and those before it must not be.',
        remedy: [
          'Check out the version that has these files.',
          `If they were merged or renamed:  npx mikro-orm migration:unlog --name ${missing[0]}`,
        ],
        left: 'Nothing was changed.',
      },
      { exitCode: 2 },
    );
  }
}
