import type { Configuration } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { MigrationError } from '../errors.ts';
import type { ListedStatement } from '../migration.ts';
import type { Step } from '../plan/plan.ts';
import { findThere } from '../planner/already-there.ts';
import { type JudgedStatement, judgeMigration, type Refusal } from '../planner/judge-migration.ts';
import { operationsOf } from '../planner/operations.ts';
import { turnRound } from '../planner/turn-round.ts';
import { type Change, renderName } from '../statement/change.ts';
import { printProgress } from '../terminal/terminal.ts';
import { badStatement, notListed } from './bad-statement.ts';
import { listStatements, type NamedMigration } from './list-statements.ts';
import { unsafeMigration } from './unsafe-migration.ts';

export interface PlanContext {
  readonly driver: PostgreSqlDriver;
  readonly config: Configuration;
  readonly method: 'up' | 'down';
  /** Those that stopped half-way, and how many of their steps are done as the journal says. */
  readonly begun?: ReadonlyMap<string, number>;
  /** Those that go the other way than the one on which they stopped: what the catalog shows as done is left out. */
  readonly turned?: ReadonlySet<string>;
}

/** Reads the facts, with a look into the tables that the migrations touch. */
export type ReadTables = (tables: readonly string[]) => Promise<DatabaseFacts>;

/** A migration as it would run. */
export interface JudgedRun {
  readonly steps: readonly Step[];
  /** What must not run, of how many statements. */
  readonly refusals: readonly Refusal[];
  readonly statements: number;
  /** All that it makes is in the database already: it would only be recorded. */
  readonly isThere: boolean;
  /** The database that it meets, and the one that it leaves. */
  readonly before: DatabaseFacts;
  readonly after: DatabaseFacts;
}

/**
 * Judges the migrations that are to run, in their order, each on the database that those before it leave.
 * @returns the steps of each, by name.
 * @throws MigrationError (exit code 2) for a statement that is not online. Nothing has run then.
 */
export async function planRuns(
  read: ReadTables,
  chosen: readonly NamedMigration[],
  context: PlanContext,
): Promise<Map<string, readonly Step[]>> {
  const runs = await judgeRuns(read, chosen, context);
  for (const [name, { refusals, statements, isThere }] of runs) {
    if (refusals.length > 0) {
      throw unsafeMigration(name, refusals, statements);
    }
    if (isThere) {
      printProgress(`${name} is in the database already, and is recorded.`);
    }
  }
  return new Map([...runs].map(([name, { steps }]) => [name, steps]));
}

/**
 * The same with what is refused as a value.
 */
export async function judgeRuns(
  read: ReadTables,
  chosen: readonly NamedMigration[],
  context: PlanContext,
): Promise<Map<string, JudgedRun>> {
  const runs = new Map<string, JudgedRun>();
  if (chosen.length === 0) {
    return runs;
  }
  const listed = new Map<string, readonly JudgedStatement[]>();
  const others = new Map<string, readonly JudgedStatement[]>();
  for (const migration of chosen) {
    const { name } = migration;
    const statements = await listStatements(migration, context, context.method).catch(error => {
      throw notListed(name, context.method, error);
    });
    listed.set(name, await readJudged(name, statements));
    if (context.turned?.has(name)) {
      others.set(name, await readOtherWay(migration, context));
    }
  }
  const changes = [...listed.values()].flat().flatMap(({ operations }) => operations.map(({ change }) => change));
  let facts = await read([...new Set(changes.flatMap(tablesOf))]);
  for (const [name, statements] of listed) {
    const chosenStatements = chooseOperations(name, statements, { ...context, facts, other: others.get(name) ?? [] });
    const done = context.turned?.has(name) ? 0 : context.begun?.get(name);
    const judgement = judgeMigration(chosenStatements, facts, { done });
    const isThere = chosenStatements !== statements && !context.turned?.has(name);
    const { steps, refusals } = judgement;
    runs.set(name, { steps, refusals, statements: statements.length, isThere, before: facts, after: judgement.facts });
    facts = judgement.facts;
  }
  return runs;
}

/** The way on which it stopped; nothing where that cannot be listed from here. */
async function readOtherWay(migration: NamedMigration, context: PlanContext): Promise<readonly JudgedStatement[]> {
  try {
    const statements = await listStatements(migration, context, context.method === 'up' ? 'down' : 'up');
    return await readJudged(migration.name, statements);
  } catch {
    return [];
  }
}

interface ChooseContext {
  readonly facts: DatabaseFacts;
  /** What it lists on its other way, where it has turned round. */
  readonly other: readonly JudgedStatement[];
}

function chooseOperations(
  name: string,
  statements: readonly JudgedStatement[],
  { method, begun, turned, facts, other }: PlanContext & ChooseContext,
): readonly JudgedStatement[] {
  const swaps = changesPlaces(statements);
  if (turned?.has(name)) {
    if (swaps || endsFirst(other)) {
      throw halfSwapped(name, method);
    }
    return turnRound(statements, other, facts);
  }
  // before a swap the names are there, and are those of the old columns
  return method === 'up' && !begun?.has(name) && !swaps ? withoutDone(statements, facts) : statements;
}

/** Columns change names in one transaction: before and after it the same names are there. Of a key that takes another's place the columns tell. */
export function changesPlaces(statements: readonly Pick<JudgedStatement, 'swap' | 'operations'>[]): boolean {
  return statements.some(
    ({ swap, operations }) =>
      swap !== undefined &&
      operations.some(({ change }) => change.kind !== 'drop constraint' && change.kind !== 'add constraint'),
  );
}

/** What stopped on this way is to end before it turns round: what it has done does not show, or what it took away is needed again. */
export function endsFirst(statements: readonly Pick<JudgedStatement, 'swap' | 'operations'>[]): boolean {
  const changes = statements.flatMap(({ operations }) => operations.map(({ change }) => change));
  const dropped = new Set<string>();
  const isMadeAnew = changes.some(change => {
    const column = 'column' in change && change.table ? `${renderName(change.table)}.${change.column}` : '';
    if (change.kind === 'drop column') {
      dropped.add(column);
    }
    return change.kind === 'add column' && dropped.has(column);
  });
  return isMadeAnew || changesPlaces(statements);
}

/** Which of its columns have changed places the names do not tell: a run lets it end first, who only looks cannot. */
function halfSwapped(name: string, method: 'up' | 'down'): MigrationError {
  const way = method === 'up' ? 'down' : 'up';
  return new MigrationError(
    {
      title: `${name} stopped half-way ${way}: what is left of the other way cannot be told yet`,
      happens: 'It lets columns change places, or makes one anew, and may have done so with some of them.',
      hurts: 'The way back would take the new columns for the old ones, or find none.',
      remedy: `The run lets it end first, then turns round:  npm run migrate${method === 'down' ? ':down' : ''}`,
      left: 'Nothing was run. Reads and writes go on as they are.',
    },
    { exitCode: 2 },
  );
}

function filterOperations(
  statements: readonly JudgedStatement[],
  isKept: (change: Change) => boolean,
): readonly JudgedStatement[] {
  return statements.map(statement => ({
    ...statement,
    operations: statement.operations.filter(({ change }) => isKept(change)),
  }));
}

/** Leaves out what the migration would make and the database has, if it has all of it: `db:push` made it. */
function withoutDone(statements: readonly JudgedStatement[], facts: DatabaseFacts): readonly JudgedStatement[] {
  const changes = statements.flatMap(({ operations }) => operations.map(({ change }) => change));
  const there = findThere(changes, facts);
  return there.size === 0 ? statements : filterOperations(statements, change => !there.has(change));
}

/** What a migration lists, each statement with its changes. @throws MigrationError for one that PostgreSQL cannot read. */
export async function readJudged(name: string, statements: readonly ListedStatement[]): Promise<JudgedStatement[]> {
  const judged: JudgedStatement[] = [];
  for (const [index, statement] of statements.entries()) {
    const operations = await operationsOf(statement.sql).catch(error => {
      throw badStatement({ name, position: index + 1, of: statements.length, sql: statement.sql }, error);
    });
    judged.push({ ...statement, operations });
  }
  return judged;
}

function tablesOf(change: Change): string[] {
  if ('tables' in change) {
    return change.tables.map(renderName);
  }
  return 'table' in change && change.table ? [renderName(change.table)] : [];
}
