/** Which contracts wait for the release that they need, and what waits behind them. Pure. */
import { dependsOn, type Touched } from './touched-objects.ts';

/** What a contract names where no migration is its expand, but the release whose entities do without what it drops. */
export const RELEASE = 'release';

export interface PendingMigration {
  readonly name: string;
  /** The name of its expand, or {@link RELEASE}. Absent for one that is no contract. */
  readonly contracts?: string | undefined;
}

export interface ContractContext {
  /** The names of all files, in their order. */
  readonly all: readonly string[];
  /** Those that stopped half-way: a contract that has begun goes on. */
  readonly begun: ReadonlySet<string>;
  /** The contracts that a person said may run: `--contract`, `--contract NAME`. */
  readonly asked: 'none' | 'all' | ReadonlySet<string>;
}

export interface WaitingContract {
  readonly kind: 'contract';
  readonly name: string;
  /** The name of its expand, or {@link RELEASE}. */
  readonly contracts: string;
  /** What has to run in a run before it. Empty where only the release is waited for. */
  readonly needs: readonly string[];
}

/** A migration that changes what a waiting one changes too. */
export interface HeldBack {
  readonly kind: 'behind';
  readonly name: string;
  readonly behind: string;
}

export type Waiting = WaitingContract | HeldBack;

/**
 * The contracts among `pending` that must not run now: nobody asked for them, or what they contract, from the expand on, had
 * not run when this run began.
 * @param pending all that had not run when this run began, in the order of the files.
 */
export function waitingContracts(pending: readonly PendingMigration[], context: ContractContext): WaitingContract[] {
  const { begun, asked } = context;
  return pending.flatMap((migration): WaitingContract[] => {
    const { name, contracts } = migration;
    if (contracts === undefined || begun.has(name)) {
      return [];
    }
    const needs = findNeeds(name, contracts, pending, context);
    const isAsked = asked === 'all' || (asked !== 'none' && asked.has(name));
    return isAsked && needs.length === 0 ? [] : [{ kind: 'contract', name, contracts, needs }];
  });
}

/** An expand that is no file any more was merged into another one: then all that stands before the contract counts. */
function findNeeds(
  contract: string,
  expand: string,
  pending: readonly PendingMigration[],
  { all }: ContractContext,
): string[] {
  const [first, end] = [all.indexOf(expand), all.indexOf(contract)];
  return pending
    .filter(({ name, contracts }) => {
      const at = all.indexOf(name);
      return name === expand || (contracts === undefined && at >= first && at < end);
    })
    .map(({ name }) => name);
}

/**
 * Those of `pending` that would run before a waiting one although they change what it changes: they wait behind it. The others
 * run, so that a contract holds up no hotfix.
 * @param touched what each changes, by name; absent where that cannot be told.
 */
export function heldBack(
  pending: readonly PendingMigration[],
  waiting: readonly WaitingContract[],
  { touched, begun }: { touched: ReadonlyMap<string, Touched>; begun: ReadonlySet<string> },
): HeldBack[] {
  const contracts = new Set(waiting.map(({ name }) => name));
  const blockers: string[] = [];
  const held: HeldBack[] = [];
  for (const { name } of pending) {
    const behind = blockers.find(blocker => dependsOn(touched.get(name), touched.get(blocker)));
    if (contracts.has(name)) {
      blockers.push(name);
    } else if (behind !== undefined && !begun.has(name)) {
      blockers.push(name);
      held.push({ kind: 'behind', name, behind });
    }
  }
  return held;
}
