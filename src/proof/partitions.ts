/**
 * Partitions that entities list (`partitionBy`). MikroORM makes the table anew where their list changes; here one that comes is
 * attached, and one that is listed no longer stays, as what migrations made by hand does. Pure.
 */
import { type Catalog, isPartition, type TableCatalog } from '../catalog/catalog.ts';
import { MigrationError } from '../errors.ts';
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

/**
 * MikroORM would make the table anew, and copy its rows.
 * @throws MigrationError (exit code 2) where a table is to have another partition key, or a partition other bounds. An entity that
 * says nothing of partitions leaves those that there are.
 */
export function assertSamePartitioning({ history, entities }: Sides): void {
  for (const [table, { partition: wanted }] of Object.entries(entities.tables)) {
    const before = history.tables[table];
    if (before && wanted && !isPartition(before) && before.partition !== wanted) {
      throw otherKey(table, before.partition, wanted);
    }
    const old = new Map(before ? partitionsOf(table, history).map(({ name, bound }) => [name, bound]) : []);
    const changed = partitionsOf(table, entities).filter(({ name, bound }) => (old.get(name) ?? bound) !== bound);
    const subject = changed.map(({ name, bound }) => `${quoted(name)}: ${old.get(name)} → ${bound}`).join('\n');
    if (changed.some(({ bound }) => bound.startsWith('FOR VALUES WITH'))) {
      throw otherPlace(table, subject, BESIDE);
    }
    if (changed[0]) {
      throw otherBounds(changed[0], subject);
    }
  }
}

const BESIDE =
  'a table with the new partitions beside it, which a trigger and this.backfill() fill, and which takes the name';

function otherKey(table: string, before: string, wanted: string): MigrationError {
  return before === ''
    ? otherPlace(
        table,
        `${quoted(table)}: in one piece → partition ${wanted}`,
        'a partitioned table, to which the old one is attached under another name, with a check that proves its bounds',
      )
    : otherPlace(table, `${quoted(table)}: partition ${before} → partition ${wanted}`, BESIDE);
}

function otherPlace(table: string, subject: string, wayOut: string): MigrationError {
  return new MigrationError(
    {
      title: 'What decides the partition of a row cannot be changed while everybody goes on',
      subject,
      happens: 'PostgreSQL has no statement for it: the rows have to be copied into another table.',
      hurts: `Every read and write of ${quoted(table)} waits until the last row is copied and the tables change their names.`,
      remedy: [
        `by hand: ${wayOut};`,
        'npx mikro-orm migration:create --blank makes the file; until then partitionBy of the entity stays as it was',
      ],
      left: 'Nothing was written.',
      reference: 'rule partition · docs/rules/partition.md',
    },
    { exitCode: 2 },
  );
}

function otherBounds({ parent, parentKey, name, bound }: Partition, subject: string): MigrationError {
  return new MigrationError(
    {
      title: 'The bounds of a partition cannot be changed while everybody goes on',
      subject,
      happens: `PostgreSQL has no statement for it: the partition is detached from ${quoted(parentKey)}, and attached with the new bounds.`,
      hurts: 'Until it is attached again nobody finds its rows, and an insert of one like them fails.',
      remedy: [
        'where no partition takes the rows in the new bounds yet: leave the old ones, and list one more partition;',
        'else by hand (npx mikro-orm migration:create --blank), when nobody needs its rows, after a check that proves the new bounds:',
        `alter table ${parent} detach partition ${quoted(name)} concurrently;`,
        `alter table ${parent} attach partition ${quoted(name)} ${bound}`,
      ],
      left: 'Nothing was written.',
      reference: 'rule partition · docs/rules/partition.md',
    },
    { exitCode: 2 },
  );
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
