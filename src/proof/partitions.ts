/**
 * Partitions that entities list (`partitionBy`). MikroORM makes the table anew where their list changes; here one that comes is
 * attached, and one that is listed no longer stays, as what migrations made by hand does. Pure.
 */
import { type Catalog, isPartition, type TableCatalog } from '../catalog/catalog.ts';
import { quoteName } from '../statement/change.ts';
import { nameIn, readTokens } from '../statement/tokens.ts';

interface Sides {
  readonly history: Catalog;
  readonly entities: Catalog;
}

interface Partition {
  /** Key of the catalog. */
  readonly name: string;
  /** As PostgreSQL prints the table that it is a part of, and that table's key. */
  readonly parent: string;
  readonly parentKey: string;
  readonly bound: string;
}

/** Whether the table has the same partition key on both sides, and each partition of both the same bounds. */
export function hasSamePartitioning(table: string, { history, entities }: Sides): boolean {
  const [before, after] = [partitionsOf(table, history), partitionsOf(table, entities)];
  const isSame = (own: Partition): boolean =>
    before.every(({ name, bound }) => name !== own.name || bound === own.bound);
  return history.tables[table]?.partition === entities.tables[table]?.partition && after.every(isSame);
}

/** The statements for partitions that only the entities have, of tables that both have, and back. */
export function planNewPartitions({ history, entities }: Sides): { readonly up: string[]; readonly down: string[] } {
  const come = Object.keys(history.tables)
    .filter(table => hasSamePartitioning(table, { history, entities }))
    .flatMap(table => partitionsOf(table, entities))
    .filter(({ name }) => history.tables[name] === undefined);
  return {
    up: come.map(({ name, parent, bound }) => `create table ${quoted(name)} partition of ${parent} ${bound}`),
    down: come
      .toReversed()
      .flatMap(({ name, parent }) => [
        `alter table ${parent} detach partition ${quoted(name)}`,
        `drop table if exists ${quoted(name)}`,
      ]),
  };
}

function partitionsOf(table: string, { tables }: Catalog): Partition[] {
  if (!tables[table]?.partition) {
    // as most are: no table has to be looked through for parts of it
    return [];
  }
  return Object.entries(tables)
    .flatMap(([name, own]) => (isPartition(own) ? readPartition(name, own) : []))
    .filter(({ parentKey }) => parentKey === table);
}

function readPartition(name: string, { partition }: TableCatalog): Partition {
  const [, parent = '', bound = ''] = /(?:^| )of (.+) (FOR VALUES .+|DEFAULT)$/.exec(partition) ?? [];
  const [first, dot, second] = readTokens(parent);
  const parentKey = dot ? `${nameIn(first)}.${nameIn(second)}` : `public.${nameIn(first)}`;
  return { name, parent, parentKey, bound };
}

function quoted(key: string): string {
  const dot = key.indexOf('.');
  const [schema, name] = [key.slice(0, dot), key.slice(dot + 1)];
  return quoteName(schema === 'public' ? { name } : { schema, name });
}
