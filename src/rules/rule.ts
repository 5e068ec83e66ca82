/** What a rule is. One rule, one file of its name, one test, one page docs/rules/<id>.md. Pure. */
import type { ColumnFacts, DatabaseFacts, TableFacts } from '../catalog/facts.ts';
import type { Step } from '../plan/plan.ts';
import { type Change, type ObjectName, renderName } from '../statement/change.ts';

/** One statement that changes one thing. */
export interface Operation {
  readonly sql: string;
  readonly change: Change;
}

export interface RuleContext {
  /** The database as it is when the operation runs: earlier operations of the migration have been applied to it. */
  readonly facts: DatabaseFacts;
  /** Tables created in this migration: nobody else can see them, so that nothing on them can block anybody. */
  readonly newTables: ReadonlySet<string>;
  /** Of a statement that is part of a swap. */
  readonly swap?: {
    readonly table: string;
    /** Columns of the table that an earlier statement of the swap dropped or renamed. */
    readonly vacated: ReadonlySet<string>;
    /** Column names that a rename of the swap gives to another column. */
    readonly returning: ReadonlySet<string>;
    /** Virtual columns that it adds: one that it has dropped before is only computed anew. */
    readonly computed?: ReadonlySet<string>;
    /** It ends what a trigger did that kept two names of a column the same: whichever of them goes, its values stay. */
    readonly endsSync?: boolean;
    /** Names of indexes and constraints that the swap gives to others, or drops itself. */
    readonly taken: ReadonlySet<string>;
    /** Views that it creates or drops: a table can take such a name, or leave it to one. */
    readonly views?: ReadonlySet<string>;
  };
}

export type Verdict =
  /** Runs as it is. */
  | { readonly kind: 'online'; readonly steps: readonly [Step] }
  /** The generator writes `steps` instead; in a file written by hand the operation is refused with them as the way out. */
  | { readonly kind: 'replace'; readonly happens: string; readonly hurts: string; readonly steps: readonly Step[] }
  /** Never runs; `assumeSafe` lets a reviewed exception through. */
  | { readonly kind: 'refuse'; readonly happens: string; readonly hurts: string; readonly remedy: readonly string[] };

export interface Rule {
  /** Lower case with hyphens; the file and the page are called so. */
  readonly id: string;
  /** One line: what it is about. */
  readonly title: string;
  /** @returns undefined where the rule does not apply. */
  judge(operation: Operation, context: RuleContext): Verdict | undefined;
}

export function isNewTable(table: ObjectName, { newTables }: RuleContext): boolean {
  return newTables.has(renderName(table));
}

/** The context once the table is one of this migration. */
export function asNew(table: ObjectName, context: RuleContext): RuleContext {
  return { ...context, newTables: context.newTables.union(new Set([renderName(table)])) };
}

/** Of this migration, or a look has found no row in it. */
export function isEmptyTable(table: ObjectName, context: RuleContext): boolean {
  return isNewTable(table, context) || findTable(table, context)?.hasRows === false;
}

export function findTable(table: ObjectName, { facts }: RuleContext): TableFacts | undefined {
  return facts.tables[renderName(table)];
}

export function findColumn(table: ObjectName, column: string, context: RuleContext): ColumnFacts | undefined {
  return findTable(table, context)?.columns[column];
}

type StepParts = Pick<Step, 'sql' | 'rule'> & Partial<Omit<Step, 'sql' | 'rule'>>;

/** A step; what is not said is that of a catalog-only expand step. */
export function step({
  kind = 'sql',
  phase = 'expand',
  locks = [],
  transactional = true,
  scans = false,
  hazards = [],
  ...rest
}: StepParts): Step {
  return Object.freeze({ kind, phase, locks, transactional, scans, hazards, ...rest });
}

/** Lets `sql` run as it is. */
export function online(parts: StepParts): Verdict {
  return { kind: 'online', steps: [step(parts)] };
}
