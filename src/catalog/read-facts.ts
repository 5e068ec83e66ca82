import { type ObjectName, quoteName, renderName } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import type { ColumnFacts, ConstraintFacts, DatabaseFacts, IndexFacts, TableFacts } from './facts.ts';
import {
  COLUMNS,
  CONSTRAINTS,
  DEPENDENTS,
  FUNCTIONS,
  INDEXES,
  RELATIONS,
  relationSizes,
  TYPES,
  VERSION,
} from './facts-queries.ts';
import type { Queryable } from './read-catalog.ts';

export interface FactsOptions {
  /** Those that a migration touches, as `renderName` gives them: only these are looked into for rows and sizes. */
  readonly tables?: readonly string[];
}

type Row = Record<string, unknown>;

/**
 * Reads what the rules must know, from PostgreSQL 15 to 18, in nine queries on the catalog and one more that takes ACCESS
 * SHARE on each of `options.tables`: set a lock timeout. A table that is not among them counts as one with rows, and its size
 * is the planner's estimate. `hasDefault` is true where something fills a column that an insert leaves out: a default or an
 * identity, not a generated value.
 */
export async function readFacts(client: Queryable, { tables = [] }: FactsOptions = {}): Promise<DatabaseFacts> {
  const read = async (sql: string): Promise<Row[]> => (await client.query(sql)).rows;
  const [version] = await read(VERSION);
  const relations = await read(RELATIONS);
  const looked = await lookInto(
    read,
    relations.filter(({ relation }) => tables.includes(nameOf(relation))),
  );
  const parts: Parts = {
    looked,
    columns: byRelation(await read(COLUMNS)),
    constraints: byRelation(await read(CONSTRAINTS)),
    indexes: byRelation(await read(INDEXES)),
    dependents: byRelation(await read(DEPENDENTS)),
  };
  const facts: Record<string, TableFacts> = {};
  for (const row of relations) {
    facts[nameOf(row.relation)] = await tableFacts(row, parts);
  }
  return {
    version: Number(version?.major),
    tables: facts,
    volatility: volatilities((await read(FUNCTIONS))[0]?.functions as FunctionRow[]),
    types: Object.fromEntries(
      (await read(TYPES)).map(({ name, kind, isConstrained }) => [nameOf(name), { kind, isConstrained }]),
    ) as DatabaseFacts['types'],
    indexes: indexTables(facts),
  };
}

interface Parts {
  readonly looked: ReadonlyMap<string, Pick<TableFacts, 'hasRows' | 'bytes'>>;
  readonly columns: ReadonlyMap<string, Row[]>;
  readonly constraints: ReadonlyMap<string, Row[]>;
  readonly indexes: ReadonlyMap<string, Row[]>;
  readonly dependents: ReadonlyMap<string, Row[]>;
}

async function tableFacts({ relation, kind, estimatedRows, bytes }: Row, parts: Parts): Promise<TableFacts> {
  const name = nameOf(relation);
  const indexes: Record<string, IndexFacts> = {};
  for (const row of parts.indexes.get(name) ?? []) {
    indexes[nameOf(row.name)] = await indexFacts(row);
  }
  return {
    kind: kind as TableFacts['kind'],
    ...(estimatedRows === null ? {} : { estimatedRows: Number(estimatedRows) }),
    ...(parts.looked.get(name) ?? { hasRows: true, bytes: Number(bytes) }),
    columns: Object.fromEntries(
      (parts.columns.get(name) ?? []).map(({ name: column, facts }) => [column, facts as ColumnFacts]),
    ),
    constraints: Object.fromEntries((parts.constraints.get(name) ?? []).map(row => [row.name, constraintFacts(row)])),
    indexes,
    dependents: (parts.dependents.get(name) ?? []).map(({ name: dependent }) => nameOf(dependent)),
  };
}

function constraintFacts({ type, columns, isValidated, references, expression }: Row): ConstraintFacts {
  return {
    type: type as ConstraintFacts['type'],
    columns: columns as string[],
    isValidated: Boolean(isValidated),
    ...(references === null ? {} : { references: nameOf(references) }),
    ...(expression === null ? {} : { expression: String(expression) }),
  };
}

/** The columns of an expression are the parser's to find; few indexes have one. */
async function indexFacts({ isValid, isUnique, columns, definition, constraint }: Row): Promise<IndexFacts> {
  const keys = columns as (string | null)[];
  return {
    isValid: Boolean(isValid),
    isUnique: Boolean(isUnique),
    columns: keys.includes(null) ? await indexedColumns(String(definition)) : (keys as string[]),
    definition: String(definition),
    ...(constraint === null ? {} : { constraint: String(constraint) }),
  };
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

async function lookInto(
  read: (sql: string) => Promise<Row[]>,
  relations: readonly Row[],
): Promise<Map<string, Pick<TableFacts, 'hasRows' | 'bytes'>>> {
  const looked = relations.filter(({ kind }) => kind !== 'view');
  if (looked.length === 0) {
    return new Map();
  }
  const rows = await read(relationSizes(looked.map(({ relation }) => quoteName(relation as ObjectName))));
  return new Map(
    rows.map(({ position, hasRows, bytes }) => [
      nameOf(looked[Number(position)]?.relation),
      { hasRows: Boolean(hasRows), bytes: Number(bytes) },
    ]),
  );
}

function indexTables(tables: Readonly<Record<string, TableFacts>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tables).flatMap(([table, { indexes }]) => Object.keys(indexes).map(index => [index, table])),
  );
}

function byRelation(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, ({ relation }) => nameOf(relation));
}

function nameOf(name: unknown): string {
  return renderName(name as ObjectName);
}
