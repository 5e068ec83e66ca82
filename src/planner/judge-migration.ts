/** A migration through the rules: the steps it runs as, and the statements that must not run. Pure. */
import { applyChange } from '../catalog/apply-change.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Backfill, Step } from '../plan/plan.ts';
import { assumedLocks } from '../rules/assumed-locks.ts';
import { judge } from '../rules/index.ts';
import { type Operation, type RuleContext, step, type Verdict } from '../rules/rule.ts';
import { type Change, renderName } from '../statement/change.ts';
import { SYNC_PREFIX } from './type-change/move.ts';

export interface JudgedStatement {
  readonly sql: string;
  readonly backfill?: Backfill;
  readonly assumedSafe?: string;
  readonly swap?: string;
  /** Takes the place of something that does the same: what its rule says of a loss, or of a name that is gone, does not hold. */
  readonly replaces?: true;
  /** The operations in `sql`: one for each thing it changes. */
  readonly operations: readonly Operation[];
}

/** Before PostgreSQL's parser has read it. */
export type UnreadStatement = Omit<JudgedStatement, 'operations'>;

export interface Refusal {
  /** Position among the migration's statements, from 1. */
  readonly statement: number;
  readonly sql: string;
  readonly rule: string;
  readonly verdict: Exclude<Verdict, { kind: 'online' }>;
}

export interface Judgement {
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  /** The facts after the migration: those that the next one is judged by. */
  readonly facts: DatabaseFacts;
}

/**
 * Judges the statements of one migration in their order, each on the database that the ones before it leave.
 * @param options.rewrite take the online steps of a statement in its place, as the generator does, instead of refusing it.
 * @param options.done how many of the operations have run: the facts are those behind them, and nothing of them is refused.
 * @param options.refused what has no online form is refused, or marked as such: the way back must exist even where it blocks.
 */
export function judgeMigration(
  statements: readonly JudgedStatement[],
  before: DatabaseFacts,
  options: { readonly rewrite?: boolean; readonly refused?: 'assume'; readonly done?: number | undefined } = {},
): Judgement {
  const steps: Step[] = [];
  const refusals: Refusal[] = [];
  const newTables = new Set<string>();
  let facts = before;
  const swaps = findSwaps(statements);
  for (const [index, statement] of statements.entries()) {
    const { swap, replaces } = statement;
    const inSwap = (own: Step): Step => ({
      ...own,
      ...(swap === undefined ? {} : { swap }),
      ...(replaces ? { hazards: [] } : {}),
    });
    for (const operation of statement.operations) {
      const context = { facts, newTables, ...swaps.get(operation) };
      const isDone = steps.length < (options.done ?? 0);
      const judged = judgeOperation(statement, operation, context);
      if (!('verdict' in judged)) {
        steps.push(inSwap(judged));
      } else if (options.rewrite && judged.verdict.kind === 'replace') {
        steps.push(...judged.verdict.steps.map(inSwap));
      } else if (isDone) {
        steps.push(inSwap(assume(operation, { reason: 'it has run', context, ...judged })));
      } else if (options.refused === 'assume') {
        const reason = `it has no online form, and is the only way back: rule ${judged.rule}`;
        steps.push(assume(operation, { reason, context, ...judged }));
      } else {
        refusals.push({ statement: index + 1, sql: operation.sql, ...judged });
      }
      const made = madeBy(operation.change);
      if (made !== undefined && !(operation.change.kind === 'create view' && facts.tables[made])) {
        newTables.add(made);
      }
      facts = isDone ? facts : applyChange(facts, operation.change);
    }
  }
  return { steps, refusals, facts };
}

/** For each operation of a swap, what it may count on; statements of one swap follow each other. */
function findSwaps(statements: readonly JudgedStatement[]): Map<Operation, Pick<RuleContext, 'swap'>> {
  const swaps = new Map<Operation, Pick<RuleContext, 'swap'>>();
  for (let start = 0; start < statements.length; start++) {
    const table = statements[start]?.swap;
    const next = statements.findIndex(({ swap }, at) => at > start && swap !== table);
    const end = next < 0 ? statements.length : next;
    const operations = table === undefined ? [] : statements.slice(start, end).flatMap(own => own.operations);
    const renames = operations.flatMap(({ change }) => (change.kind === 'rename column' ? [change] : []));
    const returning = new Set(renames.map(({ to }) => to));
    const endsSync = operations.some(
      ({ change }) => change.kind === 'drop trigger' && change.trigger.startsWith(SYNC_PREFIX),
    );
    const taken = new Set(operations.flatMap(({ change }) => namesTaken(change)));
    const computed = new Set(
      operations.flatMap(({ change }) =>
        change.kind === 'add column' && change.definition.generated === 'virtual' ? [change.column] : [],
      ),
    );
    const views = new Set(
      operations.flatMap(({ change }) =>
        change.kind === 'create view' || change.kind === 'drop view' ? [renderName(change.view)] : [],
      ),
    );
    const whole = { table: table ?? '', returning, computed, endsSync, taken, views };
    const vacated: string[] = [];
    for (const operation of operations) {
      swaps.set(operation, { swap: { ...whole, vacated: new Set(vacated) } });
      if (operation.change.kind === 'rename column' || operation.change.kind === 'drop column') {
        vacated.push(operation.change.column);
      }
    }
    start = end - 1;
  }
  return swaps;
}

/** A table, or a materialized view: until the migration is through nobody else reads it. */
function madeBy(change: Change): string | undefined {
  switch (change.kind) {
    case 'create table':
      return renderName(change.table);
    case 'create view':
      return change.materialized ? renderName(change.view) : undefined;
    default:
      return undefined;
  }
}

function namesTaken(change: Change): string[] {
  switch (change.kind) {
    case 'rename constraint':
    case 'rename index':
      return [change.to];
    case 'add constraint':
    case 'drop constraint':
      return [change.constraint];
    case 'add column':
      return change.definition.generated === 'virtual' ? [change.column] : [];
    default:
      return [];
  }
}

/** The step that an operation runs as, or the verdict that forbids it. */
function judgeOperation(
  { backfill, assumedSafe }: JudgedStatement,
  operation: Operation,
  context: RuleContext,
): Step | Pick<Refusal, 'rule' | 'verdict'> {
  const { sql } = operation;
  if (backfill) {
    const locks = [{ table: backfill.table, mode: 'ROW EXCLUSIVE' }] as const;
    return step({ kind: 'backfill', phase: 'backfill', sql, backfill, locks, transactional: false, rule: 'backfill' });
  }
  const { rule, ...verdict } = judge(operation, context);
  if (verdict.kind === 'online') {
    return verdict.steps[0];
  }
  if (assumedSafe === undefined) {
    return { rule, verdict };
  }
  return assume(operation, { reason: assumedSafe, context, rule, verdict });
}

type Assumption = Pick<Refusal, 'rule' | 'verdict'> & { readonly reason: string; readonly context: RuleContext };

function assume(operation: Operation, { reason, context, rule, verdict }: Assumption): Step {
  const { sql } = operation;
  const hazards = [verdict.happens, verdict.hurts];
  const locks = assumedLocks(operation, context);
  return step({ sql, assumedSafe: reason, hazards, transactional: mayBeInTransaction(sql), rule, ...locks });
}

/** https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY and its relatives */
function mayBeInTransaction(sql: string): boolean {
  return !/\bconcurrently\b|^\s*(vacuum|cluster|reindex)\b/i.test(sql);
}
