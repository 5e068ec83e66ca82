/** The constraints written with a new column, each as an operation of its own (H20). */
import type { TableFacts } from '../catalog/facts.ts';
import type { Step } from '../plan/plan.ts';
import { type ChangeOf, type ObjectName, quoteIdentifier, renderName } from '../statement/change.ts';
import { checkNotValid } from './check-not-valid.ts';
import type { ColumnClause } from './column-clauses.ts';
import { nameOf } from './default-names.ts';
import { foreignKeyNotValid } from './foreign-key-not-valid.ts';
import type { Operation, RuleContext, Verdict } from './rule.ts';
import { uniqueConstraint } from './unique-constraint.ts';

type AddColumn = ChangeOf<'add column'>;

/** Their rules are asked by name: the registration asks this one. */
const RULES = [checkNotValid, foreignKeyNotValid, uniqueConstraint];

export function isInlineConstraint(kind: string): boolean {
  return ['check', 'unique', 'primary', 'references'].includes(kind);
}

/** The steps of all of them, in their order, or the first verdict that refuses one. */
export function inlineConstraints(
  {
    head,
    change,
    clauses,
  }: { readonly head: string; readonly change: AddColumn; readonly clauses: readonly ColumnClause[] },
  before: RuleContext,
): Step[] | Verdict {
  const { table, column, definition } = change;
  const texts = clauses.filter(({ kind }) => isInlineConstraint(kind)).map(({ text }) => text);
  const steps: Step[] = [];
  let context = before;
  for (const [index, written] of definition.constraints.entries()) {
    const constraint = { ...written, name: nameOf(written, table, context) };
    const { name, type, columns } = constraint;
    const text = asTableConstraint(texts[index] ?? '', quoteIdentifier(column));
    const sql = `${head} add constraint ${quoteIdentifier(name)} ${text}`;
    const verdict = judgeConstraint(
      { sql, change: { kind: 'add constraint', table, constraint: name, definition: constraint } },
      context,
    );
    if (verdict.kind === 'refuse') {
      return verdict;
    }
    steps.push(...verdict.steps);
    context = withTable(table, context, ({ constraints }) => ({
      constraints: { ...constraints, [name]: { type, columns, isValidated: true } },
    }));
  }
  return steps;
}

/** The database once it has the bare column. */
export function withColumn(
  { table, column, definition }: AddColumn,
  { notNull }: { readonly notNull: boolean },
  context: RuleContext,
): RuleContext {
  const { type, default: value, generated } = definition;
  const added = { type, notNull, hasDefault: value !== undefined, isGenerated: generated !== undefined };
  return withTable(table, context, ({ columns }) => ({ columns: { ...columns, [column]: added } }));
}

function judgeConstraint(operation: Operation, context: RuleContext): Verdict {
  for (const rule of RULES) {
    const verdict = rule.judge(operation, context);
    if (verdict) {
      return verdict;
    }
  }
  throw new Error(`No rule for ${operation.sql}`);
}

function asTableConstraint(text: string, column: string): string {
  return /^references\b/i.test(text)
    ? `foreign key (${column}) ${text}`
    : text.replace(
        /^(unique(?:\s+nulls(?:\s+not)?\s+distinct)?|primary\s+key)/i,
        `$1 (${column.replaceAll('$', '$$$$')})`,
      );
}

function withTable(
  table: ObjectName,
  context: RuleContext,
  change: (facts: TableFacts) => Partial<TableFacts>,
): RuleContext {
  const name = renderName(table);
  const before = context.facts.tables[name];
  if (!before) {
    return context;
  }
  const tables = { ...context.facts.tables, [name]: { ...before, ...change(before) } };
  return { ...context, facts: { ...context.facts, tables } };
}
