/**
 * MikroORM compares what it reads from a database with what the entities say, and cannot know how PostgreSQL words an
 * expression. Here both have been built by PostgreSQL: where its catalogs agree, the entities' own words take the place of the
 * ones that were read, and MikroORM sees no difference; where they differ, only what differs stays as it was read.
 */
import type { Column, DatabaseSchema, DatabaseTable } from '@mikro-orm/sql';
import type { Catalog, ColumnCatalog, TableCatalog } from '../catalog/catalog.ts';
import { normalizeCatalog, PRIMARY_KEY } from '../catalog/compare-catalogs.ts';
import { cutName } from '../catalog/generated-names.ts';
import { alignEnums, alignRoutines, alignViews } from './align-objects.ts';
import { qualified } from './introspect.ts';
import { hasSamePartitioning } from './partitions.ts';

export interface Catalogs {
  /** Of the replayed history. */
  readonly history: Catalog;
  /** Of the entities, built. */
  readonly entities: Catalog;
}

/**
 * Changes `from`, which was read from the history, towards `target`, which the entities describe. A name that PostgreSQL has
 * cut at 63 bytes becomes the entities' long one. Views, routines and triggers that no entity describes are taken out: MikroORM
 * would drop them, and migrations make such things by hand.
 */
export function alignSchema(from: DatabaseSchema, target: DatabaseSchema, catalogs: Catalogs): void {
  const history = normalizeCatalog(catalogs.history);
  const entities = normalizeCatalog(catalogs.entities);
  alignEnums(from, target);
  alignViews(from, target, { history, entities });
  alignRoutines(from, target, { history, entities });
  for (const table of target.getTables()) {
    const key = qualified({ schema: table.schema ?? target.name, name: cutName(table.name) });
    const own = from.getTables().find(found => qualified(found) === key);
    const [first, second] = [history.tables[key], entities.tables[key]];
    if (own && first && second) {
      if (hasSamePartitioning(key, { history, entities })) {
        own.setPartitioning(table.getPartitioning());
      }
      alignTable(own, table, { first, second, history, entities });
    }
  }
}

interface Compared extends Catalogs {
  readonly first: TableCatalog;
  readonly second: TableCatalog;
}

function alignTable(from: DatabaseTable, target: DatabaseTable, compared: Compared): void {
  const { first, second } = compared;
  Object.assign(from, { name: target.name });
  if (first.comment === second.comment) {
    Object.assign(from, { comment: target.comment });
  }
  for (const column of target.getColumns()) {
    alignColumn(from, target, column, compared);
  }
  const isSame = isSameIn(first, second);
  from.setIndexes(
    alignNamed(from.getIndexes(), target.getIndexes(), {
      nameOf: index => (index.primary ? PRIMARY_KEY : index.keyName),
      // one that changes goes by the name that it has, which a rename of the table leaves
      rename: (index, { keyName }) => (index.primary ? index : { ...index, keyName }),
      isSame: name => isSame('indexes', name) && isSame('constraints', name),
    }),
  );
  from.setChecks(
    alignNamed(from.getChecks(), target.getChecks(), {
      nameOf: ({ name }) => name,
      rename: (check, { name }) => ({ ...check, name }),
      isSame: name => isSame('constraints', name),
    }),
  );
  const foreignKeys = alignNamed(Object.values(from.getForeignKeys()), Object.values(target.getForeignKeys()), {
    nameOf: ({ constraintName }) => constraintName,
    rename: (key, { constraintName }) => ({ ...key, constraintName }),
    isSame: name => isSame('constraints', name),
  });
  from.setForeignKeys(Object.fromEntries(foreignKeys.map(key => [key.constraintName, key])));
  alignPolicies(from, target, { first, second });
  const described = from
    .getTriggers()
    .filter(({ name }) => target.getTriggers().some(own => cutName(own.name) === name));
  from.setTriggers(
    alignNamed(described, target.getTriggers(), {
      nameOf: ({ name }) => name,
      rename: (trigger, { name }) => ({ ...trigger, name }),
      isSame: name => isSame('triggers', name) && isSameFunction(second.triggers[name], compared),
    }),
  );
}

/** A constraint that is not validated yet is the same: what it lacks is told apart, and is no drop and add. */
function isSameIn(first: TableCatalog, second: TableCatalog) {
  return (part: 'indexes' | 'constraints' | 'triggers', name: string): boolean =>
    first[part][name]?.replace(/ NOT VALID \(not validated\)$/, '') === second[part][name];
}

/**
 * Where an entity says nothing of row security, what migrations made of it by hand stays: MikroORM would switch it off, and show
 * all rows to everybody.
 */
function alignPolicies(
  from: DatabaseTable,
  target: DatabaseTable,
  { first, second }: Pick<Compared, 'first' | 'second'>,
): void {
  const isDescribed = target.rlsEnabled || target.getPolicies().length > 0;
  if (!isDescribed) {
    Object.assign(from, { rlsEnabled: false, rlsForced: target.rlsForced });
  }
  from.setPolicies(
    alignNamed(isDescribed ? from.getPolicies() : [], target.getPolicies(), {
      nameOf: ({ name }) => name,
      rename: (policy, { name }) => ({ ...policy, name }),
      isSame: name => first.policies[name] !== undefined && first.policies[name] === second.policies[name],
    }),
  );
}

/** `execute function public.f()`: the trigger is the same only if what it runs is. */
function isSameFunction(trigger = '', { history, entities }: Catalogs): boolean {
  const call = /EXECUTE FUNCTION (.+?)\(/.exec(trigger)?.[1]?.replaceAll('"', '') ?? '';
  const name = `${call.includes('.') ? call : `public.${call}`}()`;
  return history.routines[name] === entities.routines[name];
}

interface Naming<T> {
  nameOf(item: T): string;
  rename(item: T, like: T): T;
  /** Under this name, as PostgreSQL keeps it, both catalogs hold the same, which is not nothing. */
  isSame(name: string): boolean;
}

/** What is the same comes from `target`, whether it was read or not; the rest as it was read. */
function alignNamed<T>(from: readonly T[], target: readonly T[], { nameOf, rename, isSame }: Naming<T>): T[] {
  const read = new Map(from.map(item => [nameOf(item), item]));
  const aligned = target.flatMap(item => {
    const name = cutName(nameOf(item));
    const own = read.get(name);
    read.delete(name);
    return isSame(name) ? [item] : own ? [rename(own, item)] : [];
  });
  return [...aligned, ...read.values()];
}

function alignColumn(
  from: DatabaseTable,
  target: DatabaseTable,
  column: Column,
  { first, second, history, entities }: Compared,
): void {
  const name = cutName(column.name);
  const [before, after] = [first.columns[name], second.columns[name]];
  const read = from.getColumn(name);
  if (!before || !after || !read) {
    return;
  }
  const checks = target.getChecks().filter(({ columnName }) => columnName === column.name);
  const hasSameItems = column.nativeEnumName
    ? isSameEnum(after.type, { history, entities })
    : checks.every(check => isSameIn(first, second)('constraints', cutName(check.name)));
  from.removeColumn(name);
  from.addColumn({
    ...column,
    ...(hasSameItems ? {} : { enumItems: read.enumItems }),
    ...asRead(read, differingIn(before, after)),
  });
}

function isSameEnum(type: string, { history, entities }: Catalogs): boolean {
  const bare = type
    .replace(/(\[\])+$/, '')
    .replaceAll(/"((?:[^"]|"")*)"/g, (_all, inner) => inner.replaceAll('""', '"'));
  const name = bare in entities.enums ? bare : `public.${bare}`;
  return JSON.stringify(history.enums[name]) === JSON.stringify(entities.enums[name]);
}

type Property = keyof ColumnCatalog;

/** From one kind of identity to the other MikroORM drops a default, which PostgreSQL refuses: better that it sees nothing. */
function differingIn(before: ColumnCatalog, after: ColumnCatalog): Property[] {
  const isOtherIdentity = before.identity !== '' && after.identity !== '';
  return (Object.keys(after) as Property[])
    .filter(property => before[property] !== after[property])
    .filter(property => property !== 'identity' || !isOtherIdentity);
}

/** Which of MikroORM's properties tell what the catalog's property tells. */
const TOLD_BY: Readonly<Record<Property, readonly (keyof Column)[]>> = {
  type: ['type', 'mappedType', 'length', 'precision', 'scale', 'unsigned', 'nativeEnumName', 'enumItems'],
  notNull: ['nullable'],
  default: ['default', 'autoincrement'],
  generated: ['generated'],
  identity: ['generated', 'autoincrement'],
  collation: ['collation'],
  comment: ['comment'],
  settings: [],
};

function asRead(read: Column, properties: readonly Property[]): Partial<Column> {
  const keys = new Set(properties.flatMap(property => TOLD_BY[property]));
  return Object.fromEntries([...keys].map(key => [key, read[key]]));
}
