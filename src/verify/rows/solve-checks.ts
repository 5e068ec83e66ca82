/** Which values satisfy the check constraints of a table: candidates are put to PostgreSQL itself. */
import type { Queryable } from '../../catalog/queryable.ts';
import { quoteIdentifier } from '../../statement/change.ts';
import { listCandidates } from './candidates.ts';
import type { RowCatalog, RowCheck, RowColumn, RowTable } from './read-tables.ts';
import { NUMBER } from './templates.ts';

/** Columns that share checks, and combinations of values for them that pass: SQL over the number of the row, in their order. */
export interface Solved {
  readonly columns: readonly string[];
  /** None where no candidate passes. */
  readonly values: readonly (readonly string[])[];
}

/**
 * @param free the columns whose values may be chosen.
 * @param upTo the highest number of a row.
 */
export async function solveChecks(
  client: Queryable,
  table: RowTable,
  { free, types, upTo }: { free: readonly RowColumn[]; types: RowCatalog['types']; upTo: number },
): Promise<Solved[]> {
  const solved: Solved[] = [];
  for (const group of groupChecks(table, free)) {
    const columns = free.filter(({ name }) => group.columns.has(name));
    const lists = columns.map(column =>
      listCandidates(
        column,
        types,
        group.checks.map(({ expression }) => expression),
      ),
    );
    const longest = LONGEST[columns.length] ?? 3;
    const possible: string[][] = [];
    for (const list of lists) {
      possible.push((await withoutImpossible(client, list, numbersUpTo(upTo))).slice(0, longest));
    }
    const values = await tryCandidates(client, { columns, lists: possible, checks: group.checks, upTo });
    solved.push({ columns: columns.map(({ name }) => name), values });
  }
  return solved;
}

/** Combinations grow with the columns of a group. */
const LONGEST: readonly number[] = [0, 200, 50, 16, 8, 5];

interface Group {
  readonly columns: Set<string>;
  readonly checks: RowCheck[];
}

/** Checks that share a column belong together. One over a column that is not free is left to the insert, which drops what fails. */
function groupChecks({ checks }: RowTable, free: readonly RowColumn[]): Group[] {
  const names = new Set(free.map(({ name }) => name));
  let groups: Group[] = [];
  for (const check of checks.filter(({ columns }) => columns.length > 0 && columns.every(name => names.has(name)))) {
    const touching = groups.filter(({ columns }) => check.columns.some(name => columns.has(name)));
    const joint: Group = {
      columns: new Set([...touching.flatMap(({ columns }) => [...columns]), ...check.columns]),
      checks: [...touching.flatMap(group => group.checks), check],
    };
    groups = [...groups.filter(group => !touching.includes(group)), joint];
  }
  return groups;
}

function numbersUpTo(upTo: number): number[] {
  return [...new Set([1, 2, 3, 7, Math.ceil(upTo / 2), upTo])];
}

/** Some are no values of the type for any number: too large, or of another form. */
async function withoutImpossible(
  client: Queryable,
  list: readonly string[],
  numbers: readonly number[],
): Promise<readonly string[]> {
  const evaluate = (values: readonly string[]): Promise<boolean> =>
    client
      .query(`select ${values.join(', ')} from unnest(array[${numbers}]) as s (${NUMBER})`)
      .then(() => true)
      .catch(() => false);
  if (list.length === 0 || (await evaluate(list))) {
    return list;
  }
  const possible: string[] = [];
  for (const value of list) {
    possible.push(...((await evaluate([value])) ? [value] : []));
  }
  return possible;
}

interface Trial {
  readonly columns: readonly RowColumn[];
  readonly lists: readonly (readonly string[])[];
  readonly checks: readonly RowCheck[];
  readonly upTo: number;
}

const MOST_KEPT = 24;

/** Those that pass for a low, a high and some other number, the first of each list first. */
async function tryCandidates(client: Queryable, { columns, lists, checks, upTo }: Trial): Promise<string[][]> {
  const numbers = numbersUpTo(upTo);
  const froms = columns.map(({ name }, index) => {
    const rows = (lists[index] ?? []).map((value, position) => `(${position}, ${value})`).join(', ');
    return `lateral (values ${rows}) as "#c${index}" ("#${index}", ${quoteIdentifier(name)})`;
  });
  const keys = columns.map((_, index) => `"#${index}"`);
  const where = checks.map(({ expression }) => `(${expression}) is not false`).join(' and ');
  const sql = `select array[${keys.join(', ')}] as keys
      from (values ${numbers.map(number => `(${number})`).join(', ')}) as s (${NUMBER}), ${froms.join(', ')}
     where ${where} group by ${keys.join(', ')} having count(*) = ${numbers.length}
     order by ${keys.join(' + ')} limit ${MOST_KEPT}`;
  if (lists.some(list => list.length === 0)) {
    return [];
  }
  // a condition can fail for a value that it was not made for, such as a cast of text
  const { rows } = await client.query(sql).catch(() => ({ rows: [] }));
  return rows.map(({ keys: chosen }) =>
    (chosen as number[]).map((position, index) => lists[index]?.[position] ?? 'null'),
  );
}
