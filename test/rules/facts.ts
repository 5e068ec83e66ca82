/** Facts for tests of rules: a database with what the case needs. */
import type { DatabaseFacts, TableFacts } from '../../src/catalog/facts.ts';
import { judge } from '../../src/rules/index.ts';
import type { RuleContext, Verdict } from '../../src/rules/rule.ts';
import { readOperations } from '../../src/statement/read.ts';

export function table(parts: Partial<TableFacts> = {}): TableFacts {
  return {
    kind: 'table',
    hasRows: true,
    bytes: 8192,
    columns: {},
    constraints: {},
    indexes: {},
    dependents: [],
    ...parts,
  };
}

export function facts(parts: Partial<DatabaseFacts> = {}): DatabaseFacts {
  return { version: 18, tables: {}, volatility: {}, types: {}, indexes: {}, ...parts };
}

/** The verdict on one statement, by the registered rules. */
export async function judgeSql(sql: string, context: Partial<RuleContext> = {}): Promise<Verdict & { rule: string }> {
  const [operation, ...more] = await readOperations(sql);
  const [change] = operation?.changes ?? [];
  if (!operation || !change || more.length > 0) {
    throw new Error(`not one operation: ${sql}`);
  }
  return judge({ sql: operation.sql, change }, { facts: facts(), newTables: new Set(), ...context });
}

/** The SQL of the steps of a verdict. */
export function sqlOf(verdict: Verdict): string[] {
  return verdict.kind === 'refuse' ? [] : verdict.steps.map(({ sql }) => sql);
}
