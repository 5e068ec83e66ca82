import { type ChangeOf, type Constraint, type ObjectName, quoteName, renderName } from '../statement/change.ts';
import { notNull } from './apply-column.ts';
import { setIndex } from './apply-index.ts';
import { editTable, filterConstraints, inSchema, renameKey } from './edit-facts.ts';
import type { ConstraintFacts, DatabaseFacts, IndexFacts } from './facts.ts';
import { constraintName, inSchemaOf } from './generated-names.ts';

/** Adds a constraint to a table, with its index and, for a primary key, its columns not null. */
export function addConstraint(facts: DatabaseFacts, table: ObjectName, constraint: Constraint): DatabaseFacts {
  const used = constraint.index === undefined ? undefined : findIndex(facts, table, constraint.index);
  const definition = used ? { ...constraint, columns: used.columns } : constraint;
  const name = constraintName(definition, table, facts);
  const columns = ['primary key', 'not null'].includes(definition.type) ? definition.columns : [];
  const named = editTable(facts, renderName(table), own => ({
    ...own,
    constraints: { ...own.constraints, [name]: constraintFacts(definition, facts) },
  }));
  return withIndex(setNotNull(named, table, columns, definition), table, name, definition);
}

function constraintFacts(
  { type, columns, references, rules, expression, notValid, notEnforced }: Constraint,
  facts: DatabaseFacts,
): ConstraintFacts {
  const key = references && keyOf(references, facts);
  return {
    type,
    columns,
    isValidated: !notValid && !notEnforced,
    ...(references ? { references: renderName(references.table) } : {}),
    ...(key === undefined ? {} : { key }),
    ...(rules === undefined ? {} : { rules }),
    ...(expression ? { expression: expression.sql } : {}),
  };
}

/** transformFkeyCheckAttrs in src/backend/commands/tablecmds.c: the oldest unique index of these columns, in whatever order. */
function keyOf({ table, columns }: NonNullable<Constraint['references']>, facts: DatabaseFacts): string | undefined {
  const { constraints = {}, indexes = {} } = facts.tables[renderName(table)] ?? {};
  if (columns.length === 0) {
    return Object.keys(constraints).find(name => constraints[name]?.type === 'primary key');
  }
  const wanted = columns.toSorted().join();
  const found = Object.entries(indexes).find(
    ([, { isUnique, isValid, columns: own, definition }]) =>
      isUnique && isValid && own.toSorted().join() === wanted && !/\swhere\s/i.test(definition),
  );
  return found?.[0].slice(found[0].indexOf('.') + 1);
}

/** A not-null constraint that is not validated yet holds for new rows all the same. */
function setNotNull(
  facts: DatabaseFacts,
  table: ObjectName,
  columns: readonly string[],
  { type }: Constraint,
): DatabaseFacts {
  if (type !== 'not null') {
    return notNull(facts, table, columns);
  }
  return editTable(facts, renderName(table), own => ({
    ...own,
    columns: Object.fromEntries(
      Object.entries(own.columns).map(([name, column]) => [
        name,
        columns.includes(name) ? { ...column, notNull: true } : column,
      ]),
    ),
  }));
}

/** `using index` takes an index over and calls it like the constraint. */
function withIndex(facts: DatabaseFacts, table: ObjectName, constraint: string, definition: Constraint): DatabaseFacts {
  const { type, columns, index } = definition;
  if (type !== 'primary key' && type !== 'unique' && type !== 'exclude') {
    return facts;
  }
  const isUnique = type !== 'exclude';
  const method = isUnique ? 'btree' : 'gist';
  const created: IndexFacts = {
    isValid: true,
    isUnique,
    columns,
    definition: `create ${isUnique ? 'unique ' : ''}index on ${quoteName(table)} using ${method} (${columns.join(', ')})`,
  };
  const own = (index !== undefined && findIndex(facts, table, index)) || created;
  const renamed = index === undefined ? facts : renameKey(facts, renderName(table), [index, constraint]);
  const rest = index === undefined ? renamed : setIndex(renamed, renderName(inSchema(table, index)), undefined);
  return setIndex(rest, renderName(inSchema(table, constraint)), { ...own, constraint }, renderName(table));
}

function findIndex({ tables }: DatabaseFacts, table: ObjectName, index: string): IndexFacts | undefined {
  return tables[renderName(table)]?.indexes[renderName(inSchema(table, index))];
}

export function validateConstraint(
  facts: DatabaseFacts,
  { table, constraint }: ChangeOf<'validate constraint'>,
): DatabaseFacts {
  return editTable(facts, renderName(table), own => {
    const before = own.constraints[constraint];
    return before
      ? { ...own, constraints: { ...own.constraints, [constraint]: { ...before, isValidated: true } } }
      : own;
  });
}

/** Its index goes with it; a column of a primary key stays not null. */
export function dropConstraint(
  facts: DatabaseFacts,
  { table, constraint, cascade }: Pick<ChangeOf<'drop constraint'>, 'table' | 'constraint' | 'cascade'>,
): DatabaseFacts {
  const name = renderName(table);
  const dropped = facts.tables[name]?.constraints[constraint];
  const rest = editTable(facts, name, own => ({
    ...own,
    columns: Object.fromEntries(
      Object.entries(own.columns).map(([column, before]) => [
        column,
        dropped?.type === 'not null' && dropped.columns[0] === column ? { ...before, notNull: false } : before,
      ]),
    ),
    constraints: filterConstraints(own, (_facts, key) => key !== constraint),
    indexes: Object.fromEntries(Object.entries(own.indexes).filter(([, index]) => index.constraint !== constraint)),
  }));
  const whole = dropped?.type === 'foreign key' && facts.tables[name]?.kind === 'partitioned';
  const left = whole ? withoutHandedDown(rest, constraint, dropped) : rest;
  return cascade && dropped ? withoutKeysTo(left, name, dropped) : left;
}

/** PostgreSQL gives that of a partition the same name. Whose partition it is, is not known: what differs is another one. */
function withoutHandedDown(facts: DatabaseFacts, constraint: string, { references }: ConstraintFacts): DatabaseFacts {
  const partitions = Object.keys(facts.tables).filter(name => facts.tables[name]?.kind === 'partition');
  return partitions.reduce(
    (before, name) =>
      editTable(before, name, own => ({
        ...own,
        constraints: filterConstraints(own, (other, key) => key !== constraint || other.references !== references),
      })),
    facts,
  );
}

/** Which columns a foreign key points to is not known: with the last key of the table all that point to it are gone. */
function withoutKeysTo(facts: DatabaseFacts, table: string, { type }: ConstraintFacts): DatabaseFacts {
  const isKey = (kind: ConstraintFacts['type']): boolean => kind === 'primary key' || kind === 'unique';
  if (!isKey(type) || Object.values(facts.tables[table]?.constraints ?? {}).some(other => isKey(other.type))) {
    return facts;
  }
  return Object.keys(facts.tables).reduce(
    (before, other) =>
      editTable(before, other, own => ({
        ...own,
        constraints: filterConstraints(own, ({ references }) => references !== table),
      })),
    facts,
  );
}

export function renameConstraint(
  facts: DatabaseFacts,
  { table, constraint, to }: ChangeOf<'rename constraint'>,
): DatabaseFacts {
  const name = renderName(table);
  return editTable(renameKey(facts, name, [constraint, to]), name, own => ({
    ...own,
    constraints: Object.fromEntries(
      Object.entries(own.constraints).map(([key, value]) => [key === constraint ? to : key, value]),
    ),
    indexes: Object.fromEntries(
      Object.entries(own.indexes).map(([key, index]) =>
        index.constraint === constraint ? [inSchemaOf(name, to), { ...index, constraint: to }] : [key, index],
      ),
    ),
  }));
}
