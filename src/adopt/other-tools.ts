/** Where other tools keep what they have run: left as it is. */
import type { Catalog } from '../catalog/catalog.ts';

const TABLES: Readonly<Record<string, string>> = {
  __drizzle_migrations: 'drizzle',
  drizzle_migrations: 'drizzle',
  knex_migrations: 'knex',
  _prisma_migrations: 'Prisma',
  pgmigrations: 'node-pg-migrate',
  SequelizeMeta: 'Sequelize',
  flyway_schema_history: 'Flyway',
  databasechangelog: 'Liquibase',
  schema_migrations: 'another tool',
  typeorm_migrations: 'TypeORM',
};

/** `drizzle (drizzle.__drizzle_migrations)` */
export function findOtherTools({ tables }: Pick<Catalog, 'tables'>): string[] {
  return Object.keys(tables).flatMap(relation => {
    const tool = TABLES[relation.slice(relation.indexOf('.') + 1)];
    return tool === undefined ? [] : [`${tool} (${relation.replace(/^public\./, '')})`];
  });
}
