/** The constraints written with a new column, each as an operation of its own (H20). */

import { applyChange } from '../catalog/apply-change.ts';
import { constraintName } from '../catalog/generated-names.ts';
import type { Step } from '../plan/plan.ts';
import { type Change, type ChangeOf, quoteIdentifier } from '../statement/change.ts';
import { checkNotValid } from './check-not-valid.ts';
import type { ColumnClause } from './column-clauses.ts';
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
    const constraint = { ...written, name: constraintName(written, table, context.facts) };
    const { name } = constraint;
    const text = asTableConstraint(texts[index] ?? '', quoteIdentifier(column));
    const sql = `${head} add constraint ${quoteIdentifier(name)} ${text}`;
    const operation = {
      sql,
      change: { kind: 'add constraint', table, constraint: name, definition: constraint },
    } as const;
    const verdict = judgeConstraint(operation, context);
    if (verdict.kind === 'refuse') {
      return verdict;
    }
    steps.push(...verdict.steps);
    context = after(operation.change, context);
  }
  return steps;
}

/** The context once `change` has run. */
export function after(change: Change, context: RuleContext): RuleContext {
  return { ...context, facts: applyChange(context.facts, change) };
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
