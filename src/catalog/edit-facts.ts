/** The edits that the changes of `apply-change.ts` are made of: each gives new facts. */
import type { ObjectName } from '../statement/change.ts';
import type { ConstraintFacts, DatabaseFacts, TableFacts } from './facts.ts';

/**
 * Sets or (undefined) removes a table, and keeps the table of each index with it. A large migration comes here for each of its
 * changes: what stays is not looked at.
 */
export function setTable(facts: DatabaseFacts, name: string, table: TableFacts | undefined): DatabaseFacts {
  const { indexes } = facts.tables[name] ?? {};
  const tables = table ? { ...facts.tables, [name]: table } : without(facts.tables, name);
  return indexes === table?.indexes
    ? { ...facts, tables }
    : { ...facts, tables, indexes: ownIndexes(facts, name, table) };
}

export function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  const { [name]: _, ...others } = record;
  return others;
}

function ownIndexes({ indexes }: DatabaseFacts, name: string, table: TableFacts | undefined): DatabaseFacts['indexes'] {
  const others = Object.entries(indexes).filter(([, owner]) => owner !== name);
  const own = Object.keys(table?.indexes ?? {}).map((index): [string, string] => [index, name]);
  return Object.fromEntries([...others, ...own]);
}

/** Nothing for a table that is not known. */
export function editTable(facts: DatabaseFacts, name: string, edit: (table: TableFacts) => TableFacts): DatabaseFacts {
  const table = facts.tables[name];
  return table ? setTable(facts, name, edit(table)) : facts;
}

/** The same name, in the schema of `object`. */
export function inSchema({ schema }: ObjectName, name: string): ObjectName {
  return schema === undefined ? { name } : { schema, name };
}

/** `cascade` takes along the views over it and the foreign keys to it. */
export function dropRelation(facts: DatabaseFacts, name: string, { cascade }: { cascade: boolean }): DatabaseFacts {
  const table = facts.tables[name];
  const rest = mapTables(setTable(facts, name, undefined), other => ({
    ...other,
    dependents: other.dependents.filter(dependent => dependent !== name),
    ...(other.uses ? { uses: other.uses.filter(use => use.name !== name || !use.kind.endsWith('view')) } : {}),
    constraints: filterConstraints(other, ({ references }) => references !== name),
  }));
  return cascade
    ? (table?.dependents ?? []).reduce((before, view) => dropRelation(before, view, { cascade }), rest)
    : rest;
}

export function renameRelation(facts: DatabaseFacts, name: string, to: string): DatabaseFacts {
  const table = facts.tables[name];
  return table
    ? mapTables(setTable(setTable(facts, name, undefined), to, table), other => ({
        ...other,
        dependents: other.dependents.map(dependent => (dependent === name ? to : dependent)),
        constraints: mapConstraints(other, constraint =>
          constraint.references === name ? { ...constraint, references: to } : constraint,
        ),
      }))
    : facts;
}

/** The foreign keys to `table` go on with a key of another name. */
export function renameKey(facts: DatabaseFacts, table: string, [from, to]: readonly [string, string]): DatabaseFacts {
  const isOnIt = ({ references, key }: ConstraintFacts): boolean => references === table && key === from;
  const children = Object.entries(facts.tables).filter(([, own]) => Object.values(own.constraints).some(isOnIt));
  return children.reduce(
    (before, [name]) =>
      editTable(before, name, own => ({
        ...own,
        constraints: mapConstraints(own, constraint => (isOnIt(constraint) ? { ...constraint, key: to } : constraint)),
      })),
    facts,
  );
}

export function filterConstraints(
  { constraints }: TableFacts,
  isKept: (constraint: ConstraintFacts, name: string) => boolean,
): Record<string, ConstraintFacts> {
  return Object.fromEntries(Object.entries(constraints).filter(([name, constraint]) => isKept(constraint, name)));
}

export function mapConstraints(
  { constraints }: TableFacts,
  edit: (constraint: ConstraintFacts) => ConstraintFacts,
): Record<string, ConstraintFacts> {
  return Object.fromEntries(Object.entries(constraints).map(([name, constraint]) => [name, edit(constraint)]));
}

function mapTables(facts: DatabaseFacts, edit: (table: TableFacts) => TableFacts): DatabaseFacts {
  const tables = Object.entries(facts.tables).map(([name, table]): [string, TableFacts] => [name, edit(table)]);
  return { ...facts, tables: Object.fromEntries(tables) };
}
