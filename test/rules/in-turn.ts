/** Asks the rules about the steps that a rule gives, each on the facts that the ones before it leave. */
import { applyChange } from '../../src/catalog/apply-change.ts';
import type { DatabaseFacts } from '../../src/catalog/facts.ts';
import type { RuleContext, Verdict } from '../../src/rules/rule.ts';
import { readOperations } from '../../src/statement/read.ts';
import { judgeSql } from './facts.ts';

/** The kinds of the verdicts on the SQL steps of `verdict`. */
export async function judgeInTurn(
  verdict: Verdict,
  context: Partial<RuleContext> & { facts: DatabaseFacts },
): Promise<string[]> {
  const kinds: string[] = [];
  let { facts } = context;
  for (const { kind, sql } of verdict.kind === 'refuse' ? [] : verdict.steps) {
    if (kind === 'sql') {
      kinds.push((await judgeSql(sql, { ...context, facts })).kind);
    }
    const [operation] = await readOperations(sql);
    facts = operation?.changes[0] ? applyChange(facts, operation.changes[0]) : facts;
  }
  return kinds;
}
