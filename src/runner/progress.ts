import type { MigrationInfo } from '@mikro-orm/core';
import type { Migrator } from '@mikro-orm/migrations';
import { printProgress } from '../terminal/terminal.ts';

/** A line for each migration that ran, with its duration. */
export function reportProgress(migrator: Pick<Migrator, 'on'>): void {
  let startedAt = 0;
  const start = (): void => {
    startedAt = performance.now();
  };
  const end =
    (verb: string) =>
    ({ name }: MigrationInfo) => {
      printProgress(`${verb} ${name} in ${Math.round(performance.now() - startedAt)} ms`);
    };
  migrator.on('migrating', start);
  migrator.on('migrated', end('executed'));
  migrator.on('reverting', start);
  migrator.on('reverted', end('reverted'));
}

export function reportNothingToDo(method: 'up' | 'down'): void {
  printProgress(
    method === 'up' ? 'Nothing to do: no migration is pending.' : 'Nothing to do: no migration is executed.',
  );
}
