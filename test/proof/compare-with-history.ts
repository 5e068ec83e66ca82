import { SchemaComparator } from '@mikro-orm/sql';
import { compareCatalogs, type Difference } from '../../src/catalog/compare-catalogs.ts';
import { alignSchema } from '../../src/proof/align.ts';
import { type CompareOptions, type OrmParts, readSides } from '../../src/proof/compare.ts';
import { isLeftAlone } from '../../src/proof/left-alone.ts';
import { findUnseen, type UnseenDifference } from '../../src/proof/unseen.ts';

export interface SchemaComparison {
  /** SQL of MikroORM's comparator; empty when there is nothing to do. */
  readonly up: string;
  readonly down: string;
  /** What differs and is in none of these statements: `up` and `down` of each say how it is mended. */
  readonly unseen: readonly UnseenDifference[];
  /** What migrations made by hand and no entity describes: it stays. */
  readonly left: readonly Difference[];
}

/** From the history to the entities before anybody has decided on anything. */
export async function compareWithHistory(orm: OrmParts, options: CompareOptions): Promise<SchemaComparison> {
  const sides = await readSides(orm, options);
  const { history, entities, target } = sides;
  const [from] = sides.copies;
  alignSchema(from, target, { history, entities });
  const compare = (first: typeof from, second: typeof from): string =>
    orm.generator
      .diffToSQL(new SchemaComparator(orm.platform).compare(first, second), {
        wrap: false,
        safe: false,
        dropTables: true,
      })
      .trim();
  const [up, down] = [compare(from, target), compare(target, from)];
  const missed = await findUnseen(compareCatalogs(history, entities), up);
  return { up, down, unseen: missed.filter(difference => !isLeftAlone(difference)), left: missed.filter(isLeftAlone) };
}
