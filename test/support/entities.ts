/** An ORM over entities that a test makes up. It connects to nothing. */
import type { EntitySchema } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import type { AbstractSqlPlatform, SqlSchemaGenerator } from '@mikro-orm/sql';
import type { OrmParts } from '../../src/proof/compare.ts';

export async function withOrm<T>(entities: readonly EntitySchema[], work: (orm: OrmParts) => Promise<T>): Promise<T> {
  const orm = await MikroORM.init({
    dbName: 'nothing_is_connected_to',
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
  });
  try {
    return await work(ormParts(orm));
  } finally {
    await orm.close();
  }
}

export function ormParts(orm: MikroORM): OrmParts {
  return {
    platform: orm.em.getPlatform() as unknown as AbstractSqlPlatform,
    config: orm.config,
    generator: orm.schema as unknown as SqlSchemaGenerator,
  };
}
