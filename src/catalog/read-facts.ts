import { type ObjectName, quoteName, renderName } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import type {
  ColumnFacts,
  ColumnSettings,
  ColumnUse,
  ConstraintFacts,
  DatabaseFacts,
  IndexFacts,
  TableFacts,
} from './facts.ts';
import { FACTS_QUERIES, LOCKED_RELATIONS, relationSizes } from './facts-queries.ts';
import type { Queryable } from './queryable.ts';
import { type Row, readParts } from './read-parts.ts';

export interface FactsOptions {
  /** Those that a migration touches, as `renderName` gives them: only these are looked into for rows and sizes. */
  readonly tables?: readonly string[];
  /** What `readFactRows` read before, from the same database. */
  readonly rows?: FactRows;
}

export type FactRows = Awaited<ReturnType<typeof readFactRows>>;

/** The query on the catalog of {@link readFacts}, which asks for no table: it can be read ahead. */
export function readFactRows(client: Queryable) {
  return readParts(client, FACTS_QUERIES);
}

/**
 * Reads what the rules must know, from PostgreSQL 15 to 18, in one query on the catalog and one more that takes ACCESS SHARE on
 * each of `options.tables` that nobody has locked against readers. A table that is not among them counts as one with rows, and its
 * size is the planner's estimate. `hasDefault` is true where something fills a column that an insert leaves out: a default or an identity,
 * not a generated value.
 */
export async function readFacts(
  client: Queryable,
  { tables = [], rows: read }: FactsOptions = {},
): Promise<DatabaseFacts> {
  const { version, relations, types, functions, ...rows } = read ?? (await readFactRows(client));
  const looked = await lookInto(
    client,
    relations.filter(({ name }) => tables.includes(nameOf(name))),
  );
  const facts = await allTables(relations, rows, looked);
  return {
    version: Number(version[0]?.major),
    tables: facts,
    volatility: volatilities(functions.map(row => row.facts as FunctionRow)),
    types: Object.fromEntries(
      types.map(({ name, kind, isConstrained, labels }) => [
        nameOf(name),
        { kind, isConstrained, ...(labels ? { labels } : {}) },
      ]),
    ) as DatabaseFacts['types'],
    indexes: indexTables(facts),
  };
}

/** Only the tables with their columns, constraints and indexes: a part of the time. Takes no lock on them. */
export async function readTableFacts(client: Queryable): Promise<Pick<DatabaseFacts, 'tables'>> {
  const { relations, columns, constraints, indexes } = FACTS_QUERIES;
  const { relations: found, ...rows } = await readParts(client, { relations, columns, constraints, indexes });
  return { tables: await allTables(found, { ...rows, dependents: [], uses: [], settings: [] }, new Map()) };
}

async function allTables(
  relations: readonly Row[],
  rows: Record<Exclude<keyof Parts, 'looked'>, readonly Row[]>,
  looked: Parts['looked'],
): Promise<Record<string, TableFacts>> {
  const parts: Parts = {
    looked,
    columns: byRelation(rows.columns),
    constraints: byRelation(rows.constraints),
    indexes: byRelation(rows.indexes),
    dependents: byRelation(rows.dependents),
    uses: byRelation(rows.uses),
    settings: byRelation(rows.settings),
  };
  const facts: Record<string, TableFacts> = {};
  for (const row of relations) {
    facts[nameOf(row.name)] = await tableFacts(row, parts);
  }
  return facts;
}

interface Parts {
  /** By oid, as the rest. */
  readonly looked: ReadonlyMap<unknown, Pick<TableFacts, 'hasRows' | 'bytes'>>;
  readonly columns: ReadonlyMap<unknown, Row[]>;
  readonly constraints: ReadonlyMap<unknown, Row[]>;
  readonly indexes: ReadonlyMap<unknown, Row[]>;
  readonly dependents: ReadonlyMap<unknown, Row[]>;
  readonly uses: ReadonlyMap<unknown, Row[]>;
  readonly settings: ReadonlyMap<unknown, Row[]>;
}

/** The columns by their number. */
type ColumnNames = ReadonlyMap<unknown, string>;

async function tableFacts(
  { relation, kind, estimatedRows, bytes, isPopulated, defaultPartition }: Row,
  parts: Parts,
): Promise<TableFacts> {
  const columns = parts.columns.get(relation) ?? [];
  const names: ColumnNames = new Map(columns.map(({ number, name }) => [number, String(name)]));
  const indexes: Record<string, IndexFacts> = {};
  for (const row of parts.indexes.get(relation) ?? []) {
    indexes[nameOf(row.name)] = await indexFacts(row, names);
  }
  return {
    kind: kind as TableFacts['kind'],
    ...(estimatedRows === null ? {} : { estimatedRows: Number(estimatedRows) }),
    ...(parts.looked.get(relation) ?? { hasRows: true, bytes: Number(bytes) }),
    ...(defaultPartition ? { defaultPartition: nameOf(defaultPartition) } : {}),
    ...(isPopulated ? {} : { isPopulated: false, hasRows: false }),
    columns: Object.fromEntries(columns.map(({ name, facts }) => [name, facts as ColumnFacts])),
    constraints: Object.fromEntries(
      (parts.constraints.get(relation) ?? []).map(row => [row.name, constraintFacts(row, names)]),
    ),
    indexes,
    dependents: (parts.dependents.get(relation) ?? []).map(({ name }) => nameOf(name)),
    ...optional(
      'uses',
      parts.uses.get(relation)?.map(({ relation: _, ...use }) => use as unknown as ColumnUse),
    ),
    ...optional('settings', settingsOf(parts.settings.get(relation))),
  };
}

/** Most tables have none of these. */
function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

function settingsOf(rows: readonly Row[] | undefined): Record<string, ColumnSettings> | undefined {
  return rows && Object.fromEntries(rows.map(({ column, settings }) => [String(column), settings as ColumnSettings]));
}

function constraintFacts(
  { type, columns, isValidated, references, key, rules, expression }: Row,
  names: ColumnNames,
): ConstraintFacts {
  return {
    type: type as ConstraintFacts['type'],
    columns: namesOf(columns, names),
    isValidated: Boolean(isValidated),
    ...(references === null ? {} : { references: nameOf(references) }),
    ...(key === null ? {} : { key: String(key) }),
    ...(rules === null ? {} : { rules: String(rules) }),
    ...(expression === null ? {} : { expression: String(expression) }),
  };
}

/** The columns of an expression are the parser's to find; few indexes have one. */
async function indexFacts(
  { isValid, isUnique, columns, definition, constraint }: Row,
  names: ColumnNames,
): Promise<IndexFacts> {
  const hasExpression = (columns as number[]).includes(0);
  return {
    isValid: Boolean(isValid),
    isUnique: Boolean(isUnique),
    columns: hasExpression ? await indexedColumns(String(definition)) : namesOf(columns, names),
    definition: String(definition),
    ...(constraint === null ? {} : { constraint: String(constraint) }),
  };
}

function namesOf(numbers: unknown, names: ColumnNames): string[] {
  return (numbers as number[]).flatMap(number => names.get(number) ?? []);
}

async function indexedColumns(definition: string): Promise<readonly string[]> {
  const [statement] = await readStatements(definition);
  const [change] = statement?.changes ?? [];
  return change?.kind === 'create index' ? change.columns : [];
}

type Volatility = DatabaseFacts['volatility'][string];
type FunctionRow = readonly [schema: string, name: string, volatility: Volatility, isFound: boolean];

/** All there are, some three thousand: no list of names to get wrong. By qualified name, and by the bare one where that finds it. */
function volatilities(rows: readonly FunctionRow[]): Record<string, Volatility> {
  const volatility: Record<string, Volatility> = {};
  for (const [schema, name, own, isFound] of rows) {
    for (const key of isFound ? [renderName({ schema, name }), name] : [renderName({ schema, name })]) {
      const known = volatility[key];
      volatility[key] = known !== undefined && known > own ? known : own;
    }
  }
  return volatility;
}

async function lookInto(client: Queryable, relations: readonly Row[]): Promise<Parts['looked']> {
  const wanted = relations.filter(({ kind, isPopulated }) => kind !== 'view' && isPopulated);
  const locked = wanted.length > 0 ? (await client.query(LOCKED_RELATIONS)).rows.map(row => Number(row.relation)) : [];
  const looked = wanted.filter(({ relation }) => !locked.includes(Number(relation)));
  if (looked.length === 0) {
    return new Map();
  }
  const { rows } = await client.query(relationSizes(looked.map(({ name }) => quoteName(name as ObjectName))));
  return new Map(
    rows.map(({ position, hasRows, bytes }) => [
      looked[Number(position)]?.relation,
      { hasRows: Boolean(hasRows), bytes: Number(bytes) },
    ]),
  );
}

function indexTables(tables: Readonly<Record<string, TableFacts>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tables).flatMap(([table, { indexes }]) => Object.keys(indexes).map(index => [index, table])),
  );
}

function byRelation(rows: readonly Row[]): Map<unknown, Row[]> {
  return Map.groupBy(rows, ({ relation }) => relation);
}

function nameOf(name: unknown): string {
  return renderName(name as ObjectName);
}
