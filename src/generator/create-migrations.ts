/** From a change of the entities to its migration files. */
import type { Catalog } from '../catalog/catalog.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { MigrationError } from '../errors.ts';
import { decideEnums } from '../planner/decide-enums.ts';
import { type DecisionFlags, type Decisions, readDecisions } from '../planner/decisions.ts';
import type { Refusal } from '../planner/judge-migration.ts';
import { addKept } from '../planner/kept-objects.ts';
import { type FilePlan, planFiles, type SqlDifference } from '../planner/plan-files.ts';
import type { Question } from '../planner/question.ts';
import { planQuestions, type SchemaChange } from '../planner/questions.ts';
import { withoutPushed } from '../planner/without-pushed.ts';
import { renderName } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { askDecisions, type CountRows } from './ask.ts';
import type { InCode } from './in-code.ts';

/** A change of the entities, and what the live database tells. */
export interface ChangeSources extends SchemaChange {
  /** What the migrations make, and what the entities describe, as PostgreSQL keeps it; absent where they could not be built. */
  readonly history?: Catalog;
  readonly entities?: Catalog;
  /** What migrations say is to stay undescribed; absent where no file is to remember it. */
  readonly kept?: ReadonlySet<string>;
  difference(decisions: Decisions): Promise<SqlDifference>;
  /** @param tables those that the change touches. */
  readFacts(tables: readonly string[]): Promise<DatabaseFacts>;
  readonly countRows: CountRows;
  /** Runs the plan on a shadow database; absent where there is none. @throws SettingsError for an answer that does not fit. */
  tryPlan?(files: readonly FilePlan[], decisions: Decisions): Promise<void>;
  /** What is wanted is a second database, and no entities. */
  readonly target?: 'database';
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
  const live = await sources.readFacts(await touchedTables(difference));
  const { history, entities } = sources;
  const decided = history && entities ? decideEnums({ history, entities }, decisions) : undefined;
  const sides = decided && { before: decided.history, after: decided.entities };
  const facts = sides ? withoutPushed(live, sides) : live;
  const { files, refusals } = await planFiles(difference, decisions, { facts, sides });
  const [first, ...more] = refusals;
  if (first) {
    throw notOnline(first, more);
  }
  await sources.tryPlan?.(files, decisions);
  return withKeeps(files, decisions, sources);
}

/** What was decided to stay is said in the first file, or in one of its own: the next change does not ask again. */
function withKeeps(
  files: readonly FilePlan[],
  { keeps }: Decisions,
  { kept }: Pick<ChangeSources, 'kept'>,
): readonly FilePlan[] {
  const own = kept ? [...keeps.difference(kept)] : [];
  if (own.length === 0) {
    return files;
  }
  const [first = { role: 'expand', up: [], down: [], columns: [] } as const, ...rest] = files;
  return [{ ...first, keeps: own }, ...rest];
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

export interface OpenChange {
  /** What has no answer yet; then there are no statements. */
  readonly questions: readonly Question[];
  readonly sql: readonly string[];
}

/** What there is to decide or to write, without asking anybody. */
export async function readOpenChange(
  change: SchemaChange & Pick<ChangeSources, 'difference' | 'kept'>,
  flags: DecisionFlags,
): Promise<OpenChange> {
  const decisions = readDecisions(addKept(flags, change, change.kept));
  const questions = planQuestions(change, decisions);
  if (questions.length > 0) {
    return { questions, sql: [] };
  }
  const { renames, expand, contract } = await change.difference(decisions);
  const sql = [...renames.map(({ up }) => up), expand.up, contract.up].filter(text => text.trim() !== '');
  return { questions, sql };
}
