import type { Catalog } from '../../src/catalog/catalog.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import { withClient } from './database.ts';

/** The catalog of the database at `url` without the tables that the migrator keeps for itself. */
export function catalogOf(url: string): Promise<Catalog> {
  return withClient(url, client =>
    readCatalog(client, { without: ['public.mikro_orm_migrations', 'public.mikro_orm_migrations_journal'] }),
  );
}
