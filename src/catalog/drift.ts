/** Where the live database is no longer what our migrations made. */
import type { Catalog } from './catalog.ts';
import { compareCatalogs, type Difference } from './compare-catalogs.ts';

export interface Drift {
  /** Of ours: gone, or changed. */
  readonly ours: readonly Difference[];
  /** What others have made beside it or on our tables. It is left alone. */
  readonly others: readonly Difference[];
}

/**
 * @param history the catalog of the executed migrations, replayed.
 * @param live the catalog of the database, without our own tables.
 */
export function driftBetween(history: Catalog, live: Catalog): Drift {
  const differences = compareCatalogs(history, live);
  // a property has been changed from something, be it from null
  const isOthers = ({ before }: Difference): boolean => before === undefined;
  return { ours: differences.filter(found => !isOthers(found)), others: differences.filter(isOthers) };
}
