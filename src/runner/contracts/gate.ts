/** The gate before contracts: what of the pending migrations waits for a release. */
import { RefusedError, SettingsError } from '../../errors.ts';
import {
  type ContractContext,
  heldBack,
  type PendingMigration,
  type Waiting,
  waitingContracts,
} from '../../planner/waiting-contracts.ts';
import type { MigrationFiles } from '../migration-files.ts';
import { findName, lookUpName } from '../selection.ts';

/** `1` (or `true`) for all contracts, or names and numbers separated by commas: what `--contract` sets. */
export const CONTRACT = 'MIGRATE_CONTRACT';

export interface GateState {
  readonly files: MigrationFiles;
  /** The names of all files, in their order. */
  readonly all: readonly string[];
  /** Those that had run when this run began. */
  readonly executed: readonly string[];
  readonly begun: ReadonlySet<string>;
  readonly env: NodeJS.ProcessEnv;
  /**
   * Whether a release may be running on this database: without one nothing waits.
   * @param names of tables, and of other things, that are ours; absent where that is not known.
   */
  isInUse(names: ReadonlySet<string> | undefined): Promise<boolean>;
}

export interface Gate {
  /** What must not run now, in the order of the files. */
  readonly waiting: readonly Waiting[];
  /** Those that may run behind one of a higher number: contracts, and what waited behind one. */
  readonly late: ReadonlySet<string>;
  readonly asked: Asked;
}

type Asked = ContractContext['asked'];

export const OPEN_GATE: Gate = { waiting: [], late: new Set(), asked: 'none' };

/**
 * Finds out what waits; nothing does where no release can be running.
 * @throws SettingsError for a `--contract NAME` that is none.
 */
export async function readGate({ files, all, executed, begun, env, isInUse }: GateState): Promise<Gate> {
  const names = all.filter(name => !executed.includes(name));
  const pending = await files.contracts(names);
  const asked = readAsked(env, all, pending);
  assertContracts(pending, asked);
  const contracts = waitingContracts(pending, { all, begun, asked: 'none' });
  const ranLate = await findRanLate(names, { files, all, executed });
  if (contracts.length + ranLate.length === 0) {
    return OPEN_GATE;
  }
  const touched = await files.touched(all);
  const facts = { touched, begun };
  const late = findLate([...pending, ...ranLate], { all, facts });
  const isKnown = all.every(name => touched.has(name));
  if (!(await isInUse(isKnown ? new Set([...touched.values()].flatMap(one => [...one.names])) : undefined))) {
    return { ...OPEN_GATE, late };
  }
  const now = waitingContracts(pending, { all, begun, asked });
  const waiting = new Map([...now, ...heldBack(pending, now, facts)].map(one => [one.name, one]));
  return {
    waiting: names.flatMap(name => waiting.get(name) ?? []),
    late,
    asked,
  };
}

/** The executed contracts that had waited: one of a higher number ran before them. What waited behind them may be pending still. */
async function findRanLate(
  pending: readonly string[],
  { files, all, executed }: Pick<GateState, 'files' | 'all' | 'executed'>,
): Promise<PendingMigration[]> {
  const ran = executed.map(name => all.indexOf(name));
  const first = all.findIndex(name => pending.includes(name));
  const isBehind = first >= 0 && ran.some(at => at > first);
  const late = executed.filter((_, index) => ran.slice(0, index).some(at => at > (ran[index] ?? 0)));
  return isBehind && late.length > 0 ? (await files.contracts(late)).filter(one => one.contracts !== undefined) : [];
}

/** The contracts, and what waits or waited behind one of them. */
function findLate(
  migrations: readonly PendingMigration[],
  { all, facts }: { all: readonly string[]; facts: Parameters<typeof heldBack>[2] },
): Set<string> {
  const inOrder = migrations.toSorted((one, other) => all.indexOf(one.name) - all.indexOf(other.name));
  const contracts = waitingContracts(inOrder, { all, begun: facts.begun, asked: 'none' });
  return new Set([...contracts, ...heldBack(inOrder, contracts, facts)].map(({ name }) => name));
}

/**
 * Parts what was selected into what runs and what waits.
 * @throws RefusedError (exit code 2) when a contract was asked for by its name and has to wait all the same.
 */
export function passGate(selected: readonly string[], gate: Gate): { run: string[]; waiting: Waiting[] } {
  const { asked } = gate;
  const waiting = gate.waiting.filter(({ name }) => selected.includes(name));
  const early = waiting.find(({ name }) => typeof asked === 'object' && asked.has(name));
  if (early) {
    throw new RefusedError({
      title: `Refused: ${early.name} must wait`,
      happens:
        early.kind === 'behind'
          ? `${early.behind} changes the same objects, stands before it, and waits for a release.`
          : `It runs in a run of its own, after ${early.needs.join(', ')}.`,
      hurts: 'What it removes may be in use by the release that is running.',
      remedy: ['npm run migrate', 'Deploy the release; then the same command again.'],
      left: 'Nothing was run.',
      reference: 'docs/deploy.md',
    });
  }
  return { run: selected.filter(name => waiting.every(one => one.name !== name)), waiting };
}

function readAsked(env: NodeJS.ProcessEnv, all: readonly string[], pending: readonly PendingMigration[]): Asked {
  const value = env[CONTRACT]?.trim() ?? '';
  if (['', '0', 'false'].includes(value)) {
    return 'none';
  }
  if (['1', 'true'].includes(value)) {
    return 'all';
  }
  const typed = value.split(/[, ]+/);
  const unknown = typed.filter(name => lookUpName(all, name) === undefined);
  if (unknown.length > 0) {
    const open = pending.filter(({ contracts }) => contracts !== undefined).map(({ name }) => name);
    throw new SettingsError({
      title: `Unknown contract: ${unknown.join(', ')}`,
      happens: `--contract (${CONTRACT}) names it, and there is no migration of that name or number.`,
      hurts: 'What was meant would go on waiting.',
      remedy:
        open.length > 0 ? ['One of these, or no name for all of them:', ...open] : 'None is pending: leave it out.',
      left: 'Nothing was run.',
    });
  }
  return new Set(typed.map(name => findName(all, name)));
}

/** One that has run already is asked for by a deploy script that runs again. */
function assertContracts(pending: readonly PendingMigration[], asked: Asked): void {
  const others = pending.flatMap(({ name, contracts }) =>
    typeof asked === 'object' && asked.has(name) && contracts === undefined ? [name] : [],
  );
  if (others.length > 0) {
    throw new SettingsError({
      title: `No contract: ${others.join(', ')}`,
      happens: 'It has no `contracts`, and waits for no release.',
      remedy: 'npm run migrate runs it; npm run migrate:status shows what waits.',
      left: 'Nothing was run.',
    });
  }
}

/** @throws RefusedError (exit code 2) when an expand would be reverted before its contract: it would take the wrong names away. */
export async function assertContractsReverted(
  selected: readonly string[],
  { files, all, executed }: Pick<GateState, 'files' | 'all' | 'executed'>,
): Promise<void> {
  const first = Math.min(...selected.map(name => all.indexOf(name)));
  const stay = executed.filter(name => !selected.includes(name) && all.indexOf(name) > first);
  for (const { name, contracts } of stay.length > 0 ? await files.contracts(stay) : []) {
    if (contracts !== undefined && selected.includes(contracts)) {
      throw new RefusedError({
        title: `Refused: ${name} has to be reverted before ${contracts}`,
        happens: `It removed what ${contracts} had put a second thing beside, and is executed.`,
        hurts: 'Reverted in another order, what is left of the pair would go, with its values.',
        remedy: `npm run migrate:down -- --only ${name},${contracts}`,
        left: 'Nothing was changed.',
      });
    }
  }
}

/** A sentence: what it waits for, and the command to type. */
export function describeWaiting(waiting: Waiting, asked: Asked = 'none'): string {
  if (waiting.kind === 'behind') {
    return `${waiting.name} waits behind ${waiting.behind}, which changes the same objects.`;
  }
  const { name, contracts, needs } = waiting;
  const early = asked !== 'none' && needs.length > 0 ? ` (never in the run of ${needs.join(', ')})` : '';
  return `${name} waits for the ${describeRelease(contracts)} to be out; then: npm run migrate -- --contract${early}`;
}

function describeRelease(contracts: string): string {
  return /^\d/.test(contracts) ? `release that came with ${contracts}` : 'release that does without what it removes';
}
