/** In production a person says yes before something is reverted, or dropped that has data. */
import { RefusedError } from '../errors.ts';
import { describeLosses } from '../generator/describe.ts';
import type { Step } from '../plan/plan.ts';
import { findProduction, type Production, type SqlConnection } from '../server/protection.ts';
import { type Change, changesOf, type ObjectName, quoteName, renderName } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { canAsk, confirm, printProgress } from '../terminal/terminal.ts';

/**
 * Asks on a terminal, unless MIGRATE_YES_LOSE_DATA=1 (`--yes-lose-data`) has said so. Elsewhere than in production nobody is asked.
 * @param plans what is to run, by migration.
 * @throws RefusedError (exit code 2) without a yes. Nothing has run then.
 */
export async function assertConsent(
  connection: SqlConnection,
  method: 'up' | 'down',
  plans: ReadonlyMap<string, readonly Step[]>,
): Promise<void> {
  if (plans.size === 0 || process.env.MIGRATE_YES_LOSE_DATA === '1') {
    return;
  }
  const production = await findProduction(connection);
  if (!production) {
    return;
  }
  const changes = await readChanges(plans);
  const losses = describeLosses(await onTablesWithRows(connection, changes));
  if (method === 'down' || losses !== undefined) {
    await ask({ production, method, migrations: [...plans.keys()], losses });
  }
}

async function readChanges(plans: ReadonlyMap<string, readonly Step[]>): Promise<Change[]> {
  const changes: Change[] = [];
  // what goes in a swap has its values in another column
  for (const { sql } of [...plans.values()].flat().filter(({ rule }) => rule !== 'swap')) {
    changes.push(...(await readStatements(sql)).flatMap(statement => statement.changes));
  }
  return changes;
}

/** A table that is not there yet, or is empty, has nothing to lose. */
async function onTablesWithRows(connection: SqlConnection, changes: readonly Change[]): Promise<Change[]> {
  const withRows: Change[] = [];
  for (const change of changes) {
    const tables = 'tables' in change ? change.tables : 'table' in change && change.table ? [change.table] : [];
    for (const table of tables) {
      if (await hasRows(connection, nameBefore(table, changes))) {
        withRows.push(change);
        break;
      }
    }
  }
  return withRows;
}

/** The name that a table has now which is renamed on the way. */
function nameBefore(table: ObjectName, changes: readonly Change[]): ObjectName {
  const renaming = changesOf(changes, 'rename table').find(
    ({ table: from, to }) => renderName({ ...from, name: to }) === renderName(table),
  );
  return renaming?.table ?? table;
}

async function hasRows(connection: SqlConnection, table: ObjectName): Promise<boolean> {
  const name = quoteName(table);
  const [found] = (await connection.execute('select to_regclass(?) is not null as "isThere"', [name])) as [
    { isThere: boolean },
  ];
  if (!found.isThere) {
    return false;
  }
  const [look] = (await connection.execute(`select exists (select from ${name}) as "hasRows"`)) as [
    { hasRows: boolean },
  ];
  return look.hasRows;
}

interface Question {
  readonly production: Production;
  readonly method: 'up' | 'down';
  readonly migrations: readonly string[];
  readonly losses: string | undefined;
}

async function ask(question: Question): Promise<void> {
  const { production, method, migrations, losses } = question;
  if (!canAsk()) {
    throw refusal(question, 'there is no terminal to ask on');
  }
  printProgress(production.happens);
  const what = method === 'down' ? `Revert ${migrations.join(', ')}` : `Run ${migrations.join(', ')}`;
  const lost = losses === undefined ? 'No data is lost.' : `Lost for good: ${losses}.`;
  if (!(await confirm(`${what}? ${lost}`))) {
    throw refusal(question, 'you did not say yes');
  }
}

function refusal({ production, method, migrations, losses }: Question, why: string): RefusedError {
  const what = method === 'down' ? 'reverting' : 'dropping what has data';
  return new RefusedError({
    title: `Refused: ${what} in production without a yes`,
    subject: migrations.join('\n'),
    happens: `${production.happens} This is for a person to decide, and ${why}.`,
    hurts:
      losses === undefined
        ? 'No data is lost; the release that runs may need what would go.'
        : `Lost for good: ${losses}.`,
    remedy: [
      `With the flag that says yes:  npm run ${method === 'down' ? 'migrate:down' : 'migrate'} -- --yes-lose-data`,
      `For plain mikro-orm:  MIGRATE_YES_LOSE_DATA=1 npx mikro-orm migration:${method}`,
      ...(production.marker ? production.remedy : []),
    ],
    left: 'Nothing was run.',
    reference: 'docs/deploy.md',
  });
}
