import type { PoolClient } from 'pg';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { readFacts } from '../catalog/read-facts.ts';
import { readSize, type TableSize } from '../catalog/read-sizes.ts';
import { lookAtCatalog } from '../runner/look.ts';

/** The facts, with a look into these tables. @throws ServerError naming who locks one of them against readers. */
export function readFactsAside(client: PoolClient, tables: readonly string[]): Promise<DatabaseFacts> {
  return lookAtCatalog(client, () => readFacts(client, { tables }));
}

/**
 * The sizes of those of `tables` that there are, by name. Of a partitioned table all its partitions together.
 * @throws ServerError naming who locks one of them against readers.
 */
export async function readSizes(
  client: PoolClient,
  tables: readonly string[],
): Promise<Readonly<Record<string, TableSize>>> {
  const sizes: Record<string, TableSize> = {};
  for (const table of tables) {
    const size = await lookAtCatalog(client, () => readSize(client, table));
    if (size) {
      sizes[table] = size;
    }
  }
  return sizes;
}
