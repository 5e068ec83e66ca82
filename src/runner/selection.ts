/** Which migrations a command means: names as typed, to names as recorded. Pure. */
import type { MigrateOptions } from '@mikro-orm/core';
import { MigrationError } from '../errors.ts';

/**
 * Finds the migration that `typed` means: its recorded name, its file, or its number (`0004`, `4`).
 * @throws MigrationError when there is none; MikroORM would run, or revert, everything.
 */
export function findName(names: readonly string[], typed: string): string {
  const found = lookUpName(names, typed);
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

/** The same, where a name that is none is told of otherwise. */
export function lookUpName(names: readonly string[], typed: string): string | undefined {
  const wanted = typed.replace(/\.[jt]s$/, '');
  const number = /^\d{1,4}$/.test(wanted) ? `${wanted.padStart(4, '0')}_` : undefined;
  return names.find(name => name === wanted || (number && name.startsWith(number)));
}

interface KnownMigrations {
  /** The names of the files, in order. */
  readonly all: readonly string[];
  /** The names recorded, in the order in which they ran. */
  readonly executed: readonly string[];
  /** Those that stopped half-way, and on which way they were: they can go on, or back. */
  readonly halfWay?: ReadonlyMap<string, 'up' | 'down'>;
}

/**
 * The migrations that a command runs, in the order in which they run: pending ones for `up`, executed ones for `down`, the last
 * first. `down` without options reverts one, with `to: 0` all.
 * @throws MigrationError for a name that is none.
 */
export function selectMigrations(
  method: 'up' | 'down',
  { all, executed, halfWay = new Map() }: KnownMigrations,
  options: string | readonly string[] | MigrateOptions | undefined,
): string[] {
  const { to, from, migrations } = readRunOptions(options);
  const candidates =
    method === 'up'
      ? all.filter(name => !executed.includes(name) || halfWay.has(name))
      : [...executed, ...all.filter(name => halfWay.has(name) && !executed.includes(name))].reverse();
  if (migrations) {
    const wanted = new Set(migrations.map(name => findName(all, name)));
    return candidates.filter(name => wanted.has(name));
  }
  if (method === 'down') {
    return selectDown(candidates, all, to);
  }
  const after = from === undefined ? -1 : all.indexOf(findName(all, String(from)));
  const last = to === undefined ? all.length : all.indexOf(findName(all, String(to)));
  return candidates.filter(name => all.indexOf(name) > after && all.indexOf(name) <= last);
}

function selectDown(candidates: readonly string[], all: readonly string[], to: string | number | undefined): string[] {
  if (to === undefined) {
    return candidates.slice(0, 1);
  }
  if (to === 0) {
    return [...candidates];
  }
  const end = candidates.indexOf(findName(all, String(to)));
  return candidates.slice(0, end < 0 ? 0 : end);
}

export function readRunOptions(options: string | readonly string[] | MigrateOptions | undefined): MigrateOptions {
  if (typeof options === 'string') {
    return { migrations: [options] };
  }
  return Array.isArray(options) ? { migrations: [...options] } : { ...(options as MigrateOptions | undefined) };
}

/** @throws MigrationError when the database records the migration already. */
export function assertNotExecuted(executed: readonly string[], name: string): void {
  if (executed.includes(name)) {
    throw new MigrationError({
      title: `${name} is executed already`,
      happens: 'The database records it.',
      remedy: 'Nothing needs to be done; npm run migrate:status shows all of them.',
      left: 'Nothing was changed.',
    });
  }
}

/** @throws MigrationError (exit code 2) while migrations are pending. */
export function assertNonePending(pending: readonly string[]): void {
  if (pending.length > 0) {
    throw new MigrationError(
      {
        title: 'There are pending migrations',
        subject: pending.join('\n'),
        happens: 'The database is behind the migration files.',
        hurts: 'A migration made now would repeat what they do.',
        remedy: 'npx mikro-orm migration:up',
        left: 'No file was written.',
      },
      { exitCode: 2 },
    );
  }
}
