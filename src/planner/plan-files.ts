/** The change of the entities as migrations: what the comparator says, through decisions and rules, file by file. */
import { applyChange } from '../catalog/apply-change.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { MigrationError, SettingsError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';
import type { Operation } from '../rules/rule.ts';
import { renderName } from '../statement/change.ts';
import type { Decisions } from './decisions.ts';
import { readFillValues } from './fill-values.ts';
import { type Fill, planFill, planFirstFill, splitFills, withFirstFill } from './fills.ts';
import { inOrder } from './in-order.ts';
import { type JudgedStatement, judgeMigration, type Refusal } from './judge-migration.ts';
import { operationsOf, type Parts } from './operations.ts';
import {
  describeTableRenames,
  planTableRenames,
  refuseOtherChanges,
  type TableRename,
} from './rename/plan-table-renames.ts';
import { renameConstraints } from './rename/rename-constraints.ts';
import { splitColumnRenames } from './rename/split-renames.ts';
import { withReplacedParts } from './replacements.ts';
import { planRequiredDrops } from './required-drops.ts';
import { planRollback } from './rollback.ts';
import { withoutSilentCuts } from './silent-cuts.ts';
import type { About } from './type-change/describe.ts';
import type { PlannedStatement, Sides } from './type-change/move.ts';
import { splitTypeChanges } from './type-change/split-type-changes.ts';

export interface SqlDifference {
  /** `name` is what the decision calls it: `users.name`. */
  readonly renames: readonly {
    readonly name: string;
    readonly up: string;
    readonly down: string;
    readonly table?: TableRename;
  }[];
  readonly expand: { readonly up: string; readonly down: string };
  readonly contract: { readonly up: string; readonly down: string };
}

export interface FilePlan {
  /** What it is for among the files of one change: it makes the default name. */
  readonly role: 'expand' | 'populate' | 'contract' | 'cleanup';
  readonly up: readonly Step[];
  readonly down: readonly Step[];
  /** The columns that a populating file fills. */
  readonly columns: readonly string[];
  /** What it says is to stay although no entity describes it any more. */
  readonly keeps?: readonly string[];
  /** What its header says of the part that was planned as a whole, and the steps that it does not speak of. */
  readonly about?: About & Record<'others', Record<'up' | 'down', readonly Step[]>>;
}

/** The files, and the statements that no rule lets through or replaces. With refusals nothing may be written. */
export interface PlannedFiles {
  readonly files: readonly FilePlan[];
  readonly refusals: readonly Refusal[];
}

/**
 * @param database.facts the database that the migrations made so far leave.
 * @param database.sides both ends of the change; without them a change of type that would write a table anew is refused.
 */
export async function planFiles(
  difference: SqlDifference,
  decisions: Decisions,
  { facts, sides }: { readonly facts: DatabaseFacts; readonly sides?: Sides | undefined },
): Promise<PlannedFiles> {
  const planner = new Planner(facts);
  const values = await readFillValues(decisions);
  assertSidesKnown(difference, decisions, sides);
  const renamed = splitColumnRenames(await splitTypes(difference), { decisions, facts, sides });
  const split = splitTypeChanges(renamed.rest, { decisions, facts, sides });
  assertTypeChanges(decisions, split.plan !== undefined || split.refusals.length > 0);
  const types = withReplacedParts(split.rest, facts);
  const tables = difference.renames.flatMap(({ name, table }) => {
    // in the order of the table: the old release may insert without naming them
    const { columns = {} } = (table && facts.tables[renderName(table.table)]) ?? {};
    return table && decisions.inSteps.has(name) ? [{ ...table, columns: Object.keys(columns) }] : [];
  });
  const atOnce = difference.renames.filter(({ name }) => !decisions.inSteps.has(name));
  const named = renameConstraints(types.expand, decisions, sides);
  const { rest, fills } = splitFills(named.up, decisions, values);
  const views = await planner.take(tables.length > 0 ? planTableRenames(tables).expand : undefined);
  const refused = refuseOtherChanges(
    tables,
    rest.map(({ change }) => change),
    decisions,
  );
  const expand = await planner.plan(
    { operations: rest, renames: atOnce.map(({ up }) => up), fills },
    { operations: named.down, renames: atOnce.map(({ down }) => down).toReversed() },
  );
  const required = await planner.take(planRequiredDrops(decisions));
  const twins = await planner.take(renamed.plan?.expand);
  const shadows = await planner.take(split.plan?.expand);
  const populate = await planner.populate(fills);
  const swaps = await planner.take(split.plan?.contract);
  const viewsGone = await planner.take(tables.length > 0 ? planTableRenames(tables).contract : undefined);
  const removals = await planner.take(renamed.plan?.contract);
  const contract = await planner.plan(
    { operations: withoutCascade(types.contract.up), renames: [], fills: [] },
    { operations: types.contract.down, renames: [] },
  );
  const cleanup = await planner.take(split.plan?.cleanup);
  const columns = fills.map(({ column }) => column);
  const about = (role: 'expand' | 'contract', others: Pick<FilePlan, 'up' | 'down'>): Pick<FilePlan, 'about'> =>
    joinAbout(role, [tables.length > 0 ? describeTableRenames(tables) : undefined, renamed.about, split.about], others);
  const others = { up: [...expand.up, ...required.up], down: [...required.down, ...expand.down] };
  const files: FilePlan[] = [
    {
      role: 'expand',
      columns: [],
      up: [...views.up, ...others.up, ...twins.up, ...shadows.up],
      down: [...shadows.down, ...twins.down, ...others.down, ...views.down],
      ...about('expand', others),
    },
    { role: 'populate', columns, ...populate },
    {
      role: 'contract',
      columns: [],
      up: [...viewsGone.up, ...swaps.up, ...removals.up, ...contract.up],
      down: [...contract.down, ...removals.down, ...swaps.down, ...viewsGone.down],
      ...about('contract', contract),
    },
    {
      role: 'cleanup',
      columns: [],
      ...cleanup,
      ...(split.about ? { about: { ...split.about.cleanup, others: { up: [], down: [] } } } : {}),
    },
  ];
  return {
    files: files.filter(({ up }) => up.length > 0),
    refusals: [...refused, ...renamed.refusals, ...split.refusals, ...planner.refusals],
  };
}

/** @throws MigrationError (exit code 2) where a column is to be under two names or types, and what hangs on it is not known. */
function assertSidesKnown(
  { renames }: SqlDifference,
  { inSteps, dropValues, reorders }: Decisions,
  sides: Sides | undefined,
): void {
  const columns = renames.filter(({ name, table }) => !table && inSteps.has(name)).map(({ name }) => name);
  const inTwoSteps = [...columns, ...dropValues, ...reorders];
  if (!sides && inTwoSteps.length > 0) {
    throw new MigrationError(
      {
        title: 'A change in two steps needs a shadow database',
        subject: inTwoSteps.join('\n'),
        happens: 'What the migrations make could not be built here, and so what hangs on it is not known.',
        remedy: 'Set SHADOW_DATABASE_URL to a server where databases can be made, and run the same command again.',
        left: 'Nothing was written.',
      },
      { exitCode: 2 },
    );
  }
}

function assertTypeChanges({ keepOld }: Decisions, hasSome: boolean): void {
  if (keepOld && !hasSome) {
    throw new SettingsError({
      title: 'An answer does not fit the change of the entities',
      subject: '--keep-old: no column of the other type comes beside an old one',
      happens: 'Nothing is in question: no type changes, or PostgreSQL changes it in place.',
      remedy: 'Leave the flag out.',
      left: 'Nothing was written.',
    });
  }
}

/** What was planned as a whole, in the words of each part. */
function joinAbout(
  role: 'expand' | 'contract',
  parts: readonly (Record<'expand' | 'contract', About> | undefined)[],
  others: Pick<FilePlan, 'up' | 'down'>,
): Pick<FilePlan, 'about'> {
  const abouts = parts.flatMap(part => (part ? [part[role]] : []));
  const [first] = abouts;
  if (!first) {
    return {};
  }
  const join = (key: keyof About): string => [...new Set(abouts.flatMap(about => about[key] ?? []))].join('; ');
  const joined = {
    name: first.name,
    purpose: join('purpose'),
    rollback: join('rollback'),
    deploy: join('deploy'),
    order: join('order') || undefined,
    loses: join('loses') || undefined,
  };
  return { about: { ...joined, others } };
}

/** A type goes behind the columns that had it, and comes back before them: both are the contract's. */
async function splitTypes({ expand, contract }: SqlDifference): Promise<Parts> {
  const up = await operationsOf(expand.up);
  const down = await operationsOf(expand.down);
  const gone = new Set(up.flatMap(({ change }) => (change.kind === 'drop type' ? [renderName(change.type)] : [])));
  const isGone = ({ change }: Operation): boolean =>
    (change.kind === 'drop type' || change.kind === 'create type') && gone.has(renderName(change.type));
  return {
    expand: { up: up.filter(operation => !isGone(operation)), down: down.filter(operation => !isGone(operation)) },
    contract: {
      up: [...(await operationsOf(contract.up)), ...up.filter(isGone)],
      down: [...down.filter(isGone), ...(await operationsOf(contract.down))],
    },
  };
}

/** Follows the facts from file to file. */
class Planner {
  #facts: DatabaseFacts;
  readonly refusals: Refusal[] = [];

  constructor(facts: DatabaseFacts) {
    this.#facts = facts;
  }

  /** A table and its columns have their new names while anything else happens to them. */
  async plan(
    up: { operations: readonly Operation[]; renames: readonly string[]; fills: readonly Fill[] },
    down: { operations: readonly Operation[]; renames: readonly string[] },
  ): Promise<Pick<FilePlan, 'up' | 'down'>> {
    const [types, others] = [true, false].map(isType =>
      up.operations.filter(({ change }) => (change.kind === 'create type') === isType),
    ) as [Operation[], Operation[]];
    const opening = [
      ...(await inOrder(types, this.#facts)),
      ...(await assumed(up.renames)),
      ...(await read(up.fills.map(({ add }) => ({ sql: add })))),
    ];
    const ordered = await inOrder(others, factsBehind(opening, this.#facts));
    const forward = this.judge([...opening, ...withFirstFill(ordered, await read(planFirstFill(up.fills)))]);
    const changes = up.operations.map(({ change }) => change);
    const back = planRollback(
      changes,
      down.operations.map(({ sql, change }) => ({ sql, changes: [change] })),
    );
    const operations = (await Promise.all(back.map(operationsOf))).flat();
    const backward = await inOrder(withoutSilentCuts(operations), this.#facts);
    const statements = [...backward, ...(await assumed(down.renames))];
    const undo = judgeMigration(statements, this.#facts, { rewrite: true, refused: 'assume' });
    return { up: forward, down: undo.steps };
  }

  /** Statements that are planned in full: the rules give their steps. The way back is taken from where the way there ends. */
  async take(
    planned: Record<'up' | 'down', readonly PlannedStatement[]> | undefined,
  ): Promise<Pick<FilePlan, 'up' | 'down'>> {
    if (planned === undefined) {
      return { up: [], down: [] };
    }
    const up = this.judge(await read(planned.up));
    const { steps, refusals } = judgeMigration(await read(planned.down), this.#facts, { rewrite: true });
    this.refusals.push(...refusals);
    return { up, down: steps };
  }

  /** Planned in full; the way back was decided with it, and is taken as it is. */
  async populate(fills: readonly Fill[]): Promise<Pick<FilePlan, 'up' | 'down'>> {
    const { up } = await this.take({ up: fills.flatMap(planFill), down: [] });
    const down = await read(fills.toReversed().flatMap(({ undoNotNull }) => undoNotNull.map(sql => ({ sql }))));
    return { up, down: judgeMigration(down, this.#facts, { rewrite: true }).steps };
  }

  private judge(statements: readonly JudgedStatement[]): readonly Step[] {
    const { steps, refusals, facts } = judgeMigration(statements, this.#facts, { rewrite: true });
    this.refusals.push(...refusals);
    this.#facts = facts;
    return steps;
  }
}

function factsBehind(statements: readonly JudgedStatement[], before: DatabaseFacts): DatabaseFacts {
  return statements
    .flatMap(({ operations }) => operations)
    .reduce((facts, { change }) => applyChange(facts, change), before);
}

function read(statements: readonly PlannedStatement[]): Promise<JudgedStatement[]> {
  return Promise.all(
    statements.map(async statement => ({ ...statement, operations: await operationsOf(statement.sql) })),
  );
}

/** Renames that a decision asked for: the rules give their steps, and what they would refuse was decided. */
async function assumed(renames: readonly string[]): Promise<JudgedStatement[]> {
  const assumedSafe = 'a rename at once was decided: no running release uses the old name';
  return (await read(renames.map(sql => ({ sql })))).map(statement => ({ ...statement, assumedSafe }));
}

/** MikroORM drops tables with everything that depends on them; what others attached is not ours to drop. */
function withoutCascade(operations: readonly Operation[]): Operation[] {
  return operations.map(operation => {
    const { change, sql } = operation;
    return 'cascade' in change && change.cascade
      ? { sql: sql.replace(/\s+cascade\s*$/i, ''), change: { ...change, cascade: false } }
      : operation;
  });
}
