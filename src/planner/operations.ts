/** SQL as the operations that the rules judge. */
import type { Operation } from '../rules/rule.ts';
import { readOperations } from '../statement/read.ts';

/**
 * @returns the changes of an SQL text, each with the statement that makes it alone.
 * @throws SqlError, as `readStatements`.
 */
export async function operationsOf(sql: string): Promise<Operation[]> {
  return (await readOperations(sql)).flatMap(({ sql: text, changes }) =>
    changes.map(change => ({ sql: text, change })),
  );
}

/** What comes before the release and what behind it, each way. */
export type Parts = Record<'expand' | 'contract', Record<'up' | 'down', readonly Operation[]>>;
