import type { Catalog } from '../../src/catalog/catalog.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import { withClient } from './database.ts';

/** The catalog of the database at `url` without the table of executed migrations. */
export function catalogOf(url: string): Promise<Catalog> {
  return withClient(url, client => readCatalog(client, { without: ['public.mikro_orm_migrations'] }));
}
