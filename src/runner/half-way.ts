/** What the journal says of migrations that have not ended. Pure. */
import type { JournalEntry } from './journal.ts';

/** Position of the row that says: this way was begun while the other one had stopped, and the catalog tells what is left of it. */
export const TURNED = -1;

/** Migrations that stopped half-way, and on which way they were. One whose first step failed has changed nothing. */
export function readHalfWay(entries: readonly JournalEntry[]): ReadonlyMap<string, 'up' | 'down'> {
  const begun = entries.filter(({ state, position }) => state !== 'failed' || position > 0);
  return new Map(begun.toReversed().map(({ migration, method }) => [migration, method]));
}

/**
 * True when a migration is to go the other way than the one on which it stopped: then its steps are those whose result the
 * catalog does not show.
 */
export function isTurned(entries: readonly JournalEntry[], name: string, method: 'up' | 'down'): boolean {
  const before = readHalfWay(entries).get(name);
  const isMarked = entries.some(({ migration, position }) => migration === name && position === TURNED);
  return before !== undefined && (before !== method || isMarked);
}

/** Of those that stopped half-way, how many steps are done. */
export function countDone(entries: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const done = (name: string): number =>
    entries.filter(({ migration, state }) => migration === name && state === 'done').length;
  return new Map([...readHalfWay(entries).keys()].map(name => [name, done(name)]));
}
