/** From a change of the entities to its migration files. */
import type { Catalog } from '../catalog/catalog.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { MigrationError } from '../errors.ts';
import {
  type DecisionFlags,
  type Decisions,
  planQuestions,
  readDecisions,
  type SchemaOutline,
} from '../planner/decisions.ts';
import type { Refusal } from '../planner/judge-migration.ts';
import { type FilePlan, planFiles, type SqlDifference } from '../planner/plan-files.ts';
import { renderName } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { askDecisions } from './ask.ts';
import type { InCode } from './in-code.ts';

/** A change of the entities, and what the live database tells. */
export interface ChangeSources {
  readonly before: SchemaOutline;
  readonly after: SchemaOutline;
  /** What the migrations make, and what the entities describe, as PostgreSQL keeps it; absent where they could not be built. */
  readonly history?: Catalog;
  readonly entities?: Catalog;
  difference(decisions: Decisions): Promise<SqlDifference>;
  /** @param tables those that the change touches. */
  readFacts(tables: readonly string[]): Promise<DatabaseFacts>;
  countRows(table: string, column?: string): Promise<number>;
  /** Where the entities describe a table or column. */
  findInCode?(table: string, column?: string): InCode | undefined;
}

/**
 * Plans the files of a change: asks what only a person can know, then lets the rules have their say. None when nothing changed.
 * @throws RefusedError for a decision that is missing, MigrationError for what has no online form. Exit code 2.
 */
export async function planChange(sources: ChangeSources, flags: DecisionFlags): Promise<readonly FilePlan[]> {
  const decisions = await askDecisions(sources, flags, sources);
  const difference = await sources.difference(decisions);
  const facts = await sources.readFacts(await touchedTables(difference));
  const { history, entities } = sources;
  const sides = history && entities ? { before: history, after: entities } : undefined;
  const { files, refusals } = await planFiles(difference, decisions, { facts, sides });
  const [first, ...more] = refusals;
  if (first) {
    throw notOnline(first, more);
  }
  return files;
}

async function touchedTables({ renames, expand, contract }: SqlDifference): Promise<string[]> {
  const all = [...renames.map(({ up }) => up), expand.up, expand.down, contract.up, contract.down];
  const statements = (await Promise.all(all.map(readStatements))).flat();
  const tables = statements
    .flatMap(({ changes }) => changes)
    .flatMap(change => ('table' in change && change.table ? [renderName(change.table)] : []));
  return [...new Set(tables)];
}

function notOnline({ sql, rule, verdict }: Refusal, more: readonly Refusal[]): MigrationError {
  return new MigrationError(
    {
      title: 'This change has no online form',
      subject: sql,
      happens: verdict.happens,
      hurts: verdict.hurts,
      remedy: verdict.kind === 'refuse' ? verdict.remedy : verdict.steps.map(step => step.sql),
      left: ['No file was written.', ...more.map(other => `Neither has (${other.rule}): ${other.sql}`)].join('\n'),
      reference: `rule ${rule} · docs/rules/${rule}.md`,
    },
    { exitCode: 2 },
  );
}

/** True when there is anything to decide or to write. */
export async function hasChange(
  change: Pick<ChangeSources, 'before' | 'after' | 'difference'>,
  flags: DecisionFlags,
): Promise<boolean> {
  const decisions = readDecisions(flags);
  const questions = planQuestions(change.before, change.after, decisions);
  if (questions.length > 0) {
    return true;
  }
  const { renames, expand, contract } = await change.difference(decisions);
  return renames.length > 0 || [expand.up, contract.up].some(sql => sql.trim() !== '');
}
