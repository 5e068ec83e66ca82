import type { MigrationInfo } from '@mikro-orm/core';
import type { Migrator } from '@mikro-orm/migrations';

export type MigratorEvent = Parameters<Migrator['on']>[0];
type Listener = (migration: MigrationInfo) => Promise<void> | void;

/** MikroORM's events around each migration; its own are private to its loop. */
export class MigrationEvents {
  readonly #listeners = new Map<MigratorEvent, Set<Listener>>();

  on(event: MigratorEvent, listener: Listener): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
  }

  off(event: MigratorEvent, listener: Listener): void {
    this.#listeners.get(event)?.delete(listener);
  }

  async emit(event: MigratorEvent, migration: MigrationInfo): Promise<void> {
    for (const listener of this.#listeners.get(event) ?? []) {
      await listener(migration);
    }
  }
}
