/** Indexes and unique constraints of a partitioned table, which PostgreSQL builds concurrently only partition by partition. Pure. */
import type { Catalog, TableCatalog } from '../../catalog/catalog.ts';
import { quoteIdentifier, quoteName } from '../../statement/change.ts';
import { lowerKeywords, renameColumns } from '../../statement/rename-columns.ts';
import { typeName } from './enums.ts';
import { addKey, createIndex } from './indexes.ts';
import {
  alterTable,
  type Move,
  type PlannedStatement,
  partsOf,
  shadowName,
  shadowsOf,
  type TableMove,
} from './move.ts';
import { type ForeignKey, isPrimary, type NamedDefinition, nameOfKey, readForeignKeys } from './parts.ts';

type Partition = Pick<TableMove, 'key' | 'from' | 'goal'>;

/** Those of the table at both ends of the change, by their keys. */
export function partitionsOf(key: string, { from, goal }: Pick<Move, 'from' | 'goal'>): Partition[] {
  return Object.entries(goal.tables).flatMap(([name, own]) => {
    const before = from.tables[name];
    return before && parentOf(own) === typeName(key) ? [{ key: name, from: before, goal: own }] : [];
  });
}

/** A foreign key that a partition has from its table comes and goes with that. */
export function isHandedDown({ tables }: Catalog, table: string, definition: string): boolean {
  const parent = parentOf(tables[table]);
  const key = parent === undefined ? undefined : Object.keys(tables).find(name => typeName(name) === parent);
  return key !== undefined && Object.values(tables[key]?.constraints ?? {}).includes(definition);
}

/** Those of its partitions keep the name that they got with it: none goes from a table to its parts. */
export function renameHandedDown(keys: readonly ForeignKey[], { goal, suffix }: Move): PlannedStatement[] {
  const all = readForeignKeys(goal);
  return keys.flatMap(({ table, name, definition }) =>
    all
      .filter(own => parentOf(goal.tables[own.table]) === typeName(table) && own.definition === definition)
      .map(own => ({
        sql: `${alterTable(own.table)} rename constraint ${quoteIdentifier(shadowName(name, suffix))} to ${quoteIdentifier(own.name)}`,
      })),
  );
}

/** As PostgreSQL prints it: `notes`, `school."Notes"`. */
function parentOf(table: TableCatalog | undefined): string | undefined {
  return /(?:^| )of (.+) (?:FOR VALUES .+|DEFAULT)$/.exec(table?.partition ?? '')?.[1];
}

/**
 * On the table alone, which is instant and invalid; on each partition concurrently; and once each of them is attached, valid.
 * https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
 */
export function buildOnPartitions(table: TableMove, { suffix }: Pick<Move, 'suffix'>): PlannedStatement[] {
  const columns = shadowsOf(table);
  const { indexes, keys } = partsOf(table, table.goal);
  const own = [...keys.filter(key => !isPrimary(key)), ...indexes];
  return own.flatMap(part => {
    const name = shadowName(part.name, suffix);
    const isKey = 'index' in part;
    const definition = indexOf(part);
    const whole = isKey
      ? `alter table only ${alterTable(table.key).slice('alter table '.length)} add constraint ${quoteIdentifier(name)} ${lowerKeywords(renameColumns(part.definition, columns))}`
      : createIndex(definition, { table, name, columns }).replace(' concurrently', '').replace(' on ', ' on only ');
    return [
      { sql: whole },
      ...twinsOf(table, part).flatMap(({ partition, twin }) => {
        const shadow = shadowName(twin.name, suffix);
        const on = { ...table, ...partition };
        return [
          { sql: createIndex(indexOf(twin), { table: on, name: shadow, columns }) },
          ...(isKey ? [{ sql: addKey(on, { ...twin, name: shadow }, shadow) }] : []),
          { sql: `alter index ${qualified(table.key, name)} attach partition ${qualified(partition.key, shadow)}` },
        ];
      }),
    ];
  });
}

/** The names of the indexes on each partition follow those of the table; a key of it is called like its index. */
export function renameOnPartitions(
  table: TableMove,
  ends: (name: string) => { readonly from: string; readonly to: string },
): string[] {
  const { indexes, keys } = partsOf(table, table.goal);
  return [...keys.filter(key => !isPrimary(key)), ...indexes].flatMap(part =>
    twinsOf(table, part).map(({ partition, twin }) => {
      const { from, to } = ends(twin.name);
      return `alter index ${qualified(partition.key, from)} rename to ${quoteIdentifier(to)}`;
    }),
  );
}

type Part = NamedDefinition & { readonly index?: string };

/** Of each partition that which PostgreSQL has made for the table's: it says the same. */
function twinsOf(table: TableMove, part: Part): { readonly partition: Partition; readonly twin: Part }[] {
  const { indexes, keys } = partsOf(table, table.goal);
  const alike = (one: Part): boolean => 'index' in one === 'index' in part && text(one) === text(part);
  const position = ([...keys, ...indexes] as Part[]).filter(alike).findIndex(({ name }) => name === part.name);
  return (table.partitions ?? []).flatMap(partition => {
    const own = partsOf({ ...table, ...partition }, partition.goal);
    const twin = ([...own.keys, ...own.indexes] as Part[]).filter(alike)[position];
    return twin ? [{ partition, twin }] : [];
  });
}

/** Without the names of index and table. */
function text(part: Part): string {
  const definition = indexOf(part);
  return `${definition.startsWith('CREATE UNIQUE ')} ${definition.slice(definition.indexOf(' USING '))}`;
}

function indexOf(part: Part): string {
  return part.index ?? part.definition;
}

/** An index stands in the schema of its table. */
function qualified(key: string, name: string): string {
  const { schema } = nameOfKey(key);
  return quoteName(schema === undefined ? { name } : { schema, name });
}
