/** What the facts are once a statement has run, so that a migration can be judged statement by statement. Pure. */
import { type Change, type ChangeOf, type Column, type ObjectName, renderName } from '../statement/change.ts';
import { applyAlteration, columnFacts, dropColumn, notNull, renameColumn } from './apply-column.ts';
import { addConstraint, dropConstraint, renameConstraint, validateConstraint } from './apply-constraint.ts';
import { createIndex, dropIndex, reindex, renameIndex } from './apply-index.ts';
import { dropRelation, editTable, inSchema, renameRelation, setTable, without } from './edit-facts.ts';
import type { DatabaseFacts, TableFacts } from './facts.ts';

/**
 * The facts after `change`, which is taken to succeed. What it has no words for (a routine's volatility, what a view reads)
 * stays unknown: volatile, no columns, no dependents. Expressions keep the statement's words.
 */
export function applyChange(facts: DatabaseFacts, change: Change): DatabaseFacts {
  switch (change.kind) {
    case 'create table':
      return createTable(facts, change);
    case 'drop table':
      return dropRelation(facts, renderName(change.table), change);
    case 'rename table':
      return renameRelation(facts, renderName(change.table), renderName(inSchema(change.table, change.to)));
    case 'add column':
      return addColumn(facts, change);
    case 'drop column':
      return dropColumn(facts, change);
    case 'rename column':
      return renameColumn(facts, change);
    case 'alter column':
      return applyAlteration(facts, change);
    case 'add constraint':
      return addConstraint(facts, change.table, change.definition);
    case 'validate constraint':
      return validateConstraint(facts, change);
    case 'drop constraint':
      return dropConstraint(facts, change);
    case 'rename constraint':
      return renameConstraint(facts, change);
    case 'create index':
      return createIndex(facts, change);
    case 'drop index':
      return dropIndex(facts, renderName(change.index));
    case 'rename index':
      return renameIndex(facts, renderName(change.index), renderName(inSchema(change.index, change.to)));
    case 'reindex':
      return reindex(facts, renderName(change.target));
    case 'create view':
      return setTable(facts, renderName(change.view), {
        ...EMPTY,
        kind: change.materialized ? 'materialized view' : 'view',
        hasRows: true,
        ...(change.withoutData ? UNPOPULATED : {}),
      });
    case 'refresh view':
      return editTable(facts, renderName(change.view), ({ isPopulated: _, ...view }) => ({
        ...view,
        hasRows: true,
        ...(change.withoutData ? UNPOPULATED : {}),
      }));
    case 'drop view':
      return dropRelation(facts, renderName(change.view), change);
    case 'create type':
      return createType(facts, change);
    case 'add enum value':
      return editLabels(facts, change.type, labels => [...labels, change.value]);
    case 'rename enum value':
      return editLabels(facts, change.type, labels =>
        labels.map(label => (label === change.value ? change.to : label)),
      );
    case 'drop type':
      return dropType(facts, renderName(change.type));
    case 'create routine':
      return { ...facts, volatility: { ...facts.volatility, [renderName(change.routine)]: 'v' } };
    case 'drop routine':
      return { ...facts, volatility: without(facts.volatility, renderName(change.routine)) };
    case 'attach partition':
      return attachPartition(facts, change);
    case 'detach partition':
      return detachPartition(facts, change);
    case 'insert':
      return editTable(facts, renderName(change.table), table => ({ ...table, hasRows: true }));
    case 'truncate':
      return change.tables.reduce(
        (before, table) => editTable(before, renderName(table), empty => ({ ...empty, hasRows: false })),
        facts,
      );
    case 'drop schema':
      return dropSchema(facts, change.name);
    default:
      return facts;
  }
}

const EMPTY: TableFacts = {
  kind: 'table',
  hasRows: false,
  bytes: 0,
  columns: {},
  constraints: {},
  indexes: {},
  dependents: [],
};

/** A foreign key of the partitioned table that the partition lacks is added to it. */
function attachPartition(facts: DatabaseFacts, change: ChangeOf<'attach partition'>): DatabaseFacts {
  const keys = Object.entries(facts.tables[renderName(change.table)]?.constraints ?? {}).filter(
    ([, { type }]) => type === 'foreign key',
  );
  return editTable(facts, renderName(change.partition), table => {
    const own = Object.values(table.constraints).map(constraint => JSON.stringify(constraint));
    const missing = keys.filter(([, constraint]) => !own.includes(JSON.stringify(constraint)));
    return { ...table, kind: 'partition', constraints: { ...table.constraints, ...Object.fromEntries(missing) } };
  });
}

function detachPartition(facts: DatabaseFacts, change: ChangeOf<'detach partition'>): DatabaseFacts {
  const partition = renderName(change.partition);
  const detached = editTable(facts, partition, table => ({ ...table, kind: 'table' }));
  return editTable(detached, renderName(change.table), ({ defaultPartition, ...table }) =>
    defaultPartition === undefined || defaultPartition === partition ? table : { ...table, defaultPartition },
  );
}

function createType(facts: DatabaseFacts, { type, labels }: ChangeOf<'create type'>): DatabaseFacts {
  const made = { kind: 'enum', isConstrained: false, ...(labels ? { labels } : {}) } as const;
  return { ...facts, types: { ...facts.types, [renderName(type)]: made } };
}

/** Their order is nobody's concern here. */
function editLabels(
  facts: DatabaseFacts,
  type: ObjectName,
  edit: (labels: readonly string[]) => readonly string[],
): DatabaseFacts {
  const name = renderName(type);
  const known = facts.types[name];
  return known?.labels
    ? { ...facts, types: { ...facts.types, [name]: { ...known, labels: edit(known.labels) } } }
    : facts;
}

const UNPOPULATED = { isPopulated: false, hasRows: false } as const;

function createTable(facts: DatabaseFacts, change: ChangeOf<'create table'>): DatabaseFacts {
  const name = renderName(change.table);
  if (change.isTemporary || (change.ifNotExists && facts.tables[name])) {
    return facts;
  }
  const parent = change.partitionOf && facts.tables[renderName(change.partitionOf)];
  const columns = Object.fromEntries(change.columns.map(column => [column.name, columnFacts(column)]));
  const empty = setTable(facts, name, {
    ...EMPTY,
    kind: change.isPartitioned ? 'partitioned' : change.partitionOf ? 'partition' : 'table',
    columns: { ...parent?.columns, ...columns },
    constraints: Object.fromEntries(
      Object.entries(parent?.constraints ?? {}).filter(([, { type }]) =>
        ['check', 'not null', 'foreign key'].includes(type),
      ),
    ),
  });
  const mandatory = change.columns.filter(column => columnFacts(column).notNull).map(column => column.name);
  return change.constraints.reduce(
    (before, constraint) => addConstraint(before, change.table, constraint),
    notNull(empty, change.table, mandatory),
  );
}

function addColumn(facts: DatabaseFacts, { table, definition, ifNotExists }: ChangeOf<'add column'>): DatabaseFacts {
  const name = renderName(table);
  if (!facts.tables[name] || (ifNotExists && facts.tables[name].columns[definition.name])) {
    return facts;
  }
  const own = columnFacts(definition);
  const added = editTable(facts, name, before => ({
    ...before,
    columns: { ...before.columns, [definition.name]: own },
  }));
  return withConstraints(notNull(added, table, own.notNull ? [definition.name] : []), table, definition);
}

function withConstraints(facts: DatabaseFacts, table: ObjectName, { constraints }: Column): DatabaseFacts {
  return constraints.reduce((before, constraint) => addConstraint(before, table, constraint), facts);
}

/** `cascade` takes the columns of the type along. */
function dropType(facts: DatabaseFacts, type: string): DatabaseFacts {
  const rest = { ...facts, types: without(facts.types, type) };
  return Object.entries(facts.tables).reduce(
    (before, [table, { columns }]) =>
      Object.entries(columns)
        .filter(([, column]) => column.type === type || column.type === `${type}[]`)
        .reduce((at, [column]) => dropColumn(at, { table: { name: table }, column }), before),
    rest,
  );
}

function dropSchema(facts: DatabaseFacts, schema: string): DatabaseFacts {
  const isIn = (name: string): boolean => name.startsWith(`${schema}.`);
  const rest = Object.keys(facts.tables)
    .filter(isIn)
    .reduce((before, table) => dropRelation(before, table, { cascade: true }), facts);
  return { ...rest, types: Object.fromEntries(Object.entries(rest.types).filter(([name]) => !isIn(name))) };
}
