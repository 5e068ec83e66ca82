import type { PoolClient } from 'pg';
import { readTableFacts } from '../../catalog/read-facts.ts';
import { MigrationError, postgresError } from '../../errors.ts';
import type { Step } from '../../plan/plan.ts';
import { type Change, type ChangeOf, changesOf, renderName } from '../../statement/change.ts';
import { readStatements } from '../../statement/read.ts';
import { lookInRun } from '../look.ts';
import type { Run } from '../run.ts';
import { findUnconvertible } from './find-unconvertible.ts';
import { findViolations, type Violation } from './find-violations.ts';
import { readPromises } from './promise.ts';

export interface RowsOf {
  readonly name: string;
  readonly method: 'up' | 'down';
  /** Those that are still to run. */
  readonly steps: readonly Step[];
  /** What is in the database by now. */
  readonly left: string;
}

/** Steps that read rows to see that they fit. */
const LOOKED_AT = /\bvalidate\s+constraint\b|\bcreate\s+unique\s+index\b/i;

/** Those whose rows the steps rely on, and that are there: what they make themselves has none yet. */
async function tablesToLookAt(steps: readonly Step[]): Promise<ReadonlySet<string>> {
  const tables = new Set<string>();
  if (!steps.some(({ sql, backfill }) => backfill || LOOKED_AT.test(sql))) {
    return tables;
  }
  const made = new Set<string>();
  for (const { sql, backfill } of steps) {
    const changes = backfill ? [] : (await readStatements(sql)).flatMap(statement => statement.changes);
    const own = backfill ? [backfill.table] : changes.filter(isLookedAt).map(({ table }) => renderName(table));
    for (const table of own.filter(name => !made.has(name))) {
      tables.add(table);
    }
    for (const { table, ifNotExists } of changesOf(changes, 'create table')) {
      if (!ifNotExists) {
        made.add(renderName(table));
      }
    }
  }
  return tables;
}

function isLookedAt(change: Change): change is ChangeOf<'validate constraint'> | ChangeOf<'create index'> {
  return change.kind === 'validate constraint' || (change.kind === 'create index' && change.unique);
}

/**
 * Looks at the rows before a migration changes anything: a validation that fails, or a unique index that cannot be built, is a
 * matter of hours on a large table; so is a backfill that meets a value it cannot convert. H07, H25, H43.
 * @throws MigrationError (exit code 2) with the rows that are in the way. Nothing has changed then.
 */
export async function assertRowsFit(run: Run, rows: RowsOf): Promise<void> {
  if ((await tablesToLookAt(rows.steps)).size === 0) {
    return;
  }
  const { client } = run.session;
  const limitMs = run.settings.rowCheckMs;
  const facts = await lookInRun(run, readTableFacts);
  const values = await findUnconvertible(client, { steps: rows.steps, facts, limitMs });
  const found = await findViolations(client, await readPromises(rows.steps, facts), { limitMs });
  const violations = [...values.violations, ...found.violations];
  const unfinished = [...values.unfinished, ...found.unfinished];
  for (const { what, table } of unfinished) {
    const text = `  looked at the rows of ${table} for ${what} for ${run.settings.rowCheckMs} ms, not at all of them; goes on`;
    run.reporter.report({ event: 'note', text });
  }
  if (violations.length > 0) {
    throw rowsInTheWay(rows, violations);
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: not_null, foreign_key, unique, check violation */
const VIOLATIONS = new Set(['23502', '23503', '23505', '23514']);

/** The same for a step that failed all the same, because of rows that came meanwhile. @returns undefined for other errors. */
export async function explainRows(
  client: PoolClient,
  error: unknown,
  { limitMs, ...rows }: RowsOf & { readonly limitMs: number },
): Promise<MigrationError | undefined> {
  if (!VIOLATIONS.has(postgresError(error)?.code ?? '')) {
    return undefined;
  }
  const { violations } = await findViolations(client, await readPromises(rows.steps, await readTableFacts(client)), {
    limitMs,
  });
  return violations.length > 0 ? rowsInTheWay(rows, violations) : undefined;
}

/** The error for them, exit code 2. */
export function rowsInTheWay(
  { name, method, left }: Omit<RowsOf, 'steps'>,
  violations: readonly Violation[],
): MigrationError {
  return new MigrationError(
    {
      title: `Rows are in the way: ${name}${method === 'down' ? ', down' : ''}`,
      happens: violations.map(renderViolation).join('\n'),
      hurts: 'The step that relies on there being none would fail, after it has read the whole table.',
      remedy: [
        'Look at them:',
        ...violations.map(({ sql }) => `  ${sql.replace(/\s+/g, ' ')}`),
        'Mend them, by hand or in a migration of its own, and run the same command again.',
      ],
      left,
    },
    { exitCode: 2 },
  );
}

/** `3 rows of lessons do not fit check score_range: id 7, 12, 40`. Keys only: other values may be personal. */
export function renderViolation({ table, what, count, first, key }: Violation): string {
  const keys = first.map(row => key.map(column => String(row[column])).join(', '));
  const shown = key.length > 1 ? keys.map(text => `(${text})`) : keys;
  const many = count === undefined ? `more than ${first.length} rows` : count === 1 ? '1 row' : `${count} rows`;
  const more = count === undefined || count > first.length ? ', …' : '';
  return `${many} of ${table} ${count === 1 ? 'does' : 'do'} not fit ${what}: ${key.join(', ')} ${shown.join(', ')}${more}`;
}
