/** From one live database to another, by the way that leads from the history to the entities. */
import { type DatabaseSchema, MikroORM } from '@mikro-orm/postgresql';
import type { AbstractSqlPlatform } from '@mikro-orm/sql';
import type { Catalog } from '../catalog/catalog.ts';
import { compareCatalogs, type Difference } from '../catalog/compare-catalogs.ts';
import { countRows } from '../catalog/count-rows.ts';
import type { Queryable } from '../catalog/queryable.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { readFacts } from '../catalog/read-facts.ts';
import type { ChangeSources } from '../generator/create-migrations.ts';
import { introspect } from './introspect.ts';
import { outlineCatalog, planDifference } from './plan-difference.ts';
import { findUnseen } from './unseen.ts';

export interface LiveChange extends ChangeSources {
  /** What the planned statements do not bring about. Call it when they are planned. */
  findUnplanned(): Promise<Difference[]>;
}

/**
 * @param sides both are only read; the plan is for the first.
 * @param work as long as it runs, the two may be asked.
 */
export async function withLiveChange<T>(
  { from, to }: { from: Queryable; to: Queryable },
  work: (change: LiveChange) => Promise<T>,
): Promise<T> {
  // It connects to nothing: MikroORM's comparator wants a configuration.
  const orm = await MikroORM.init({
    dbName: 'nothing_is_connected_to',
    entities: [],
    discovery: { warnWhenNoEntities: false },
  });
  try {
    return await work(await readChange(orm, { from, to }));
  } finally {
    await orm.close(true);
  }
}

async function readChange(orm: MikroORM, { from, to }: { from: Queryable; to: Queryable }): Promise<LiveChange> {
  const platform = orm.em.getPlatform() as unknown as AbstractSqlPlatform;
  const [history, entities] = [await readOwnCatalog(from), await readOwnCatalog(to)];
  const namespaces = schemasOf(history, entities);
  const read = async (database: Queryable, catalog: Catalog): Promise<DatabaseSchema> => {
    const schema = await introspect(database, { platform, config: orm.config, namespaces, catalog });
    schema.setTables(schema.getTables().filter(table => `${table.schema ?? 'public'}.${table.name}` in catalog.tables));
    for (const table of schema.getTables()) {
      // MikroORM finds only functions of its own naming, and would make an empty one for any other: a write would then fail
      table.setTriggers(table.getTriggers().filter(({ body }) => body !== undefined && body !== ''));
    }
    return schema;
  };
  const copies = [await read(from, history), await read(from, history)] as const;
  const target = await read(to, entities);
  // a schema that the second does not have stays: with it would go whatever else is in it
  target.setNamespaces(new Set([...target.getNamespaces(), ...copies[0].getNamespaces()]));
  const parts = { platform, config: orm.config, generator: orm.schema as never };
  let planned = '';
  let keeps: ReadonlySet<string> = new Set();
  return {
    before: outlineCatalog(history),
    after: outlineCatalog(entities),
    enums: { before: history.enums, after: entities.enums },
    history,
    entities,
    target: 'database',
    difference: async decisions => {
      const difference = await planDifference(parts, { history, entities, target, copies, isWhole: true }, decisions);
      const { renames, expand, contract } = difference;
      keeps = decisions.keeps;
      planned = [...renames.map(({ up }) => up), expand.up, contract.up].filter(sql => sql !== '').join(';\n');
      return difference;
    },
    readFacts: tables => readFacts(from, { tables }),
    countRows: (table, held) => countRows(from, table, held),
    findUnplanned: async () => {
      const unseen = await findUnseen(compareCatalogs(history, entities), planned);
      return unseen.filter(({ object, relation, name, after }) => {
        const table = relation.replace(/^public\./, '');
        const isLeft = object === 'schema' && after === undefined;
        return !isLeft && !keeps.has(table) && !keeps.has(`${table}.${name}`);
      });
    },
  };
}

/** Without the tables that MikroORM and the runner keep for themselves. */
async function readOwnCatalog(database: Queryable): Promise<Catalog> {
  const catalog = await readCatalog(database);
  const isOwn = (name: string): boolean =>
    /\.mikro_orm_(protected|(migrations|seeders)(_journal)?(_id_seq)?)$/.test(name);
  const without = <T>(objects: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(objects).filter(([name]) => !isOwn(name)));
  return { ...catalog, tables: without(catalog.tables), sequences: without(catalog.sequences) };
}

function schemasOf(...catalogs: readonly Catalog[]): string[] {
  const names = catalogs.flatMap(({ tables, enums, views }) => [tables, enums, views].flatMap(Object.keys));
  return [...new Set(names.map(name => name.slice(0, name.indexOf('.'))))];
}
