/** What a step expects of every row that is there: pure data, from the steps of a migration and the catalog. */
import type { DatabaseFacts, TableFacts } from '../../catalog/facts.ts';
import type { Backfill, Step } from '../../plan/plan.ts';
import {
  type Constraint,
  quoteIdentifier,
  quoteLiteral,
  quoteName,
  quoteRendered,
  renderName,
} from '../../statement/change.ts';
import { readUniqueIndex, type UniqueIndex } from '../../statement/index-keys.ts';
import { readStatements } from '../../statement/read.ts';
import { type Rows, rowsFor, rowsOf, withColumn, withFilled } from './render-rows.ts';

/** Rows that keep a step from succeeding, as queries that find them. */
export interface RowPromise {
  readonly table: string;
  /** `check score_range`, `unique index u_code`, … */
  readonly what: string;
  /** Columns that name a row: the primary key, or ctid. */
  readonly key: readonly string[];
  /** Selects the key of each row that is in the way. */
  readonly sql: string;
}

/**
 * Reads what the steps, in their order, expect of the rows of existing tables; what their own backfills mend is no violation.
 * Those of tables and constraints that are not known are left out: PostgreSQL itself has the last word.
 */
export async function readPromises(
  steps: readonly Step[],
  facts: Pick<DatabaseFacts, 'tables'>,
): Promise<RowPromise[]> {
  return (await readPromisesByStep(steps, facts)).flat();
}

/** The same for each of the steps. */
export async function readPromisesByStep(
  steps: readonly Step[],
  facts: Pick<DatabaseFacts, 'tables'>,
): Promise<RowPromise[][]> {
  const byStep: RowPromise[][] = [];
  const added = new Map<string, Constraint>();
  const tables = new Map(Object.entries(facts.tables).map(([name, table]) => [name, rowsOf(name, table)]));
  for (const { sql, backfill } of steps) {
    const promises: RowPromise[] = [];
    byStep.push(promises);
    if (backfill) {
      const [known, rows] = [facts.tables[backfill.table], tables.get(backfill.table)];
      if (known && rows) {
        const filled = withFilled(rows, backfill);
        tables.set(backfill.table, filled);
        promises.push(...ending(backfill, known, filled));
      }
      continue;
    }
    for (const change of (await readStatements(sql)).flatMap(({ changes }) => changes)) {
      const table = 'table' in change && change.table ? renderName(change.table) : '';
      const [known, rows] = [facts.tables[table], tables.get(table)];
      if (!known || !rows) {
        continue;
      }
      if (change.kind === 'add column' && !rows.columns.includes(change.column)) {
        const { type, default: value } = change.definition;
        tables.set(table, withColumn(rows, { name: change.column, type, value: value?.sql ?? 'null' }));
      } else if (change.kind === 'rename column') {
        // behind it the names are those of other columns
        tables.delete(table);
      } else if (change.kind === 'add constraint') {
        added.set(`${table}.${change.constraint}`, change.definition);
      } else if (change.kind === 'validate constraint') {
        const definition = added.get(`${table}.${change.constraint}`) ?? definitionOf(known, change.constraint);
        promises.push(...validation({ table, known, rows }, definition, { facts, tables }));
      } else if (change.kind === 'create index' && change.unique) {
        const unique = await readUniqueIndex(sql);
        const what = `unique index ${change.index}`;
        promises.push(...(unique ? [{ table, what, ...duplicates(unique, known, rows) }] : []));
      }
    }
  }
  return byStep;
}

/** A backfill ends when its condition holds for no row: a value that is null, for example, leaves `… is null` as it is. */
function ending(backfill: Backfill, known: TableFacts, filled: Rows): RowPromise[] {
  const { table, set, where } = backfill;
  const isTold = Object.entries(set).every(([column, value]) => isFilled({ where, column, value }));
  const isConstant = Object.values(set).every(value => !/[a-z_"]/i.test(value.replace(/'(?:[^']|'')*'/g, '')));
  if (isTold || isConstant || !Object.keys(set).some(column => where.includes(column))) {
    return [];
  }
  const what = `the backfill, behind which ${where} still holds for them`;
  // a trigger may fill what the statement leaves
  const { key, sql } = select(
    known,
    filled,
    `(${where}\n) and not exists (
    select from pg_trigger where tgrelid = ${quoteLiteral(quoteRendered(table))}::regclass and not tgisinternal)`,
  );
  return [{ table, what, key, sql }];
}

/** The condition says itself that the value, or what is cast to it, is not null. */
function isFilled({ where, column, value }: { where: string; column: string; value: string }): boolean {
  const source = value.replace(/(?:::[\w ."]+(?:\([\d, ]+\))?(?:\[\])*)+$/, '');
  const isOpen = where.includes(`${quoteIdentifier(column)} is null and`);
  return isOpen && [source, `(${value})`].some(given => where.includes(`${given} is not null`));
}

function validation(
  { table, known, rows }: { table: string; known: TableFacts; rows: Rows },
  definition: Constraint | undefined,
  database: Database,
): RowPromise[] {
  const condition = definition && violates(definition, rows, database);
  return condition ? [{ table, what: `${definition.type} ${definition.name}`, ...select(known, rows, condition) }] : [];
}

/** One that an earlier migration left not valid. Its foreign key's columns are not in the facts. */
function definitionOf({ constraints }: TableFacts, name: string): Constraint | undefined {
  const found = constraints[name];
  if (!found || found.isValidated || (found.type !== 'check' && found.type !== 'not null')) {
    return undefined;
  }
  const expression = found.expression === undefined ? undefined : { sql: found.expression };
  return { name, ...found, expression, notValid: true, notEnforced: false } as unknown as Constraint;
}

interface Database {
  readonly facts: Pick<DatabaseFacts, 'tables'>;
  /** The rows as the steps so far leave them. */
  readonly tables: ReadonlyMap<string, Rows>;
}

/** A condition over the row that holds where the constraint does not. */
function violates(definition: Constraint, rows: Rows, { facts, tables }: Database): string | undefined {
  const columns = definition.columns.map(quoteIdentifier);
  switch (definition.type) {
    case 'check':
      return definition.expression && `(${definition.expression.sql}) is false`;
    case 'not null':
      return columns.map(column => `${column} is null`).join(' or ');
    case 'foreign key': {
      const { references } = definition;
      const parent = references && tables.get(renderName(references.table));
      if (!references || !parent) {
        return undefined;
      }
      const keys =
        references.columns.length > 0 ? references.columns : primaryKey(facts.tables[renderName(references.table)]);
      // one that the migration makes itself is filled by it
      const isThere = keys.every(key => facts.tables[renderName(references.table)]?.columns[key] !== undefined);
      if (keys.length !== columns.length || !isThere) {
        return undefined;
      }
      const pairs = keys.map((key, index) => `"parent".${quoteIdentifier(key)} = ${rows.alias}.${columns[index]}`);
      const given = columns.map(column => `${column} is not null`);
      // the key may be a column that the migration adds and fills
      const parents = keys.some(key => parent.changed.includes(key))
        ? `(select * from ${parent.from}) as "parent"`
        : `${quoteName(references.table)} as "parent"`;
      return `${given.join(' and ')} and not exists (select from ${parents} where ${pairs.join(' and ')})`;
    }
    default:
      return undefined;
  }
}

function select(known: TableFacts, all: Rows, condition: string): Pick<RowPromise, 'key' | 'sql'> {
  const key = keyOf(known);
  const rows = rowsFor(all, condition);
  return { key, sql: `select ${renderKey(key, rows.place)} from ${rows.from} where ${condition}` };
}

function duplicates(
  { keys, where, nullsNotDistinct }: UniqueIndex,
  known: TableFacts,
  all: Rows,
): Pick<RowPromise, 'key' | 'sql'> {
  const key = keyOf(known);
  const rows = rowsFor(all, [...keys, where ?? ''].join(' '));
  const conditions = [
    ...(where ? [`(${where})`] : []),
    ...(nullsNotDistinct ? [] : keys.map(expression => `${expression} is not null`)),
  ];
  const filter = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
  const counted = `select ${renderKey(key, rows.place)}, count(*) over (partition by ${keys.join(', ')}) as "times" from ${rows.from}${filter}`;
  return { key, sql: `select ${key.map(quoteIdentifier).join(', ')} from (${counted}) as "counted" where "times" > 1` };
}

/** The columns that name a row. */
export function keyOf(table: TableFacts): readonly string[] {
  const key = primaryKey(table);
  return key.length > 0 ? key : ['ctid'];
}

function primaryKey(table: TableFacts | undefined): readonly string[] {
  return Object.values(table?.constraints ?? {}).find(({ type }) => type === 'primary key')?.columns ?? [];
}

function renderKey(key: readonly string[], place: string): string {
  return key.map(column => (column === 'ctid' ? `${place} as "ctid"` : quoteIdentifier(column))).join(', ');
}
