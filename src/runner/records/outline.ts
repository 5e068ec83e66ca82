/** Where no shadow server can build the migrations: what their statements say, by name and kind only. Pure. */
import { applyChange } from '../../catalog/apply-change.ts';
import type { Catalog, TableCatalog } from '../../catalog/catalog.ts';
import type { ConstraintFacts, DatabaseFacts, TableFacts } from '../../catalog/facts.ts';
import { type Change, changesOf, renderName } from '../../statement/change.ts';

/** @param given the facts to begin with, as {@link withoutMade} leaves them. */
export function outlineChanges(changes: readonly Change[], given: DatabaseFacts): Catalog {
  return outlineFacts(changes.reduce(applyChange, given));
}

/** The live database before any of `changes`: tables that none of them makes, without what is in them. */
export function withoutMade(live: DatabaseFacts, changes: readonly Change[]): DatabaseFacts {
  const made = new Set(changesOf(changes, 'create table').map(({ table }) => renderName(table)));
  const given = Object.entries(live.tables).filter(([name]) => !made.has(name));
  const tables = Object.fromEntries(
    given.map(([name, table]) => [name, { ...table, columns: {}, constraints: {}, indexes: {} }]),
  );
  return { version: live.version, tables, volatility: {}, types: {}, indexes: {} };
}

/** Tables, columns and whether they may be null, constraints, indexes and enum types; definitions are left out. */
export function outlineFacts({ version, tables, types }: DatabaseFacts): Catalog {
  const enums = Object.entries(types).filter(([, { kind }]) => kind === 'enum');
  const own = Object.entries(tables).filter(([, { kind }]) => kind !== 'view' && kind !== 'materialized view');
  return {
    version,
    tables: Object.fromEntries(own.map(([name, table]) => [name, outlineTable(table)])),
    enums: Object.fromEntries(enums.map(([name]) => [name, []])),
    sequences: {},
    views: {},
    viewIndexes: {},
    routines: {},
    others: { type: {}, statistics: {}, schema: {}, extension: {}, comment: {} },
  };
}

function outlineTable({ columns, constraints, indexes }: TableFacts): TableCatalog {
  const named = Object.entries(constraints).filter(([, { type }]) => type !== 'not null');
  const apart = Object.entries(indexes).filter(([name]) => !(name in constraints));
  return {
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, { notNull }]) => {
        return [name, { ...PLAIN_COLUMN, notNull }];
      }),
    ),
    constraints: Object.fromEntries(named.map(([name, constraint]) => [name, outlineConstraint(constraint)])),
    indexes: Object.fromEntries(apart.map(([name, { isValid }]) => [name, isValid ? 'an index' : 'an invalid index'])),
    triggers: {},
    policies: {},
    comment: null,
    rowSecurity: '',
    partition: '',
    settings: '',
  };
}

const PLAIN_COLUMN = {
  type: '',
  default: null,
  generated: '',
  identity: '',
  collation: null,
  comment: null,
  settings: '',
};

function outlineConstraint({ type, isValidated }: ConstraintFacts): string {
  // the comparison knows primary keys by how PostgreSQL prints them
  return `${type === 'primary key' ? 'PRIMARY KEY' : type}${isValidated ? '' : ' (not validated)'}`;
}
