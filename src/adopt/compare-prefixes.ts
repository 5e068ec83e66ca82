/** Which migrations a database that another tool has made already holds. Pure. */
import type { Catalog } from '../catalog/catalog.ts';
import { compareCatalogs, type Difference } from '../catalog/compare-catalogs.ts';
import { driftBetween } from '../catalog/drift.ts';
import { dependsOn, type Touched } from '../planner/touched-objects.ts';

/** What the migrations up to and with `name` make. */
export interface Prefix {
  readonly name: string;
  readonly catalog: Catalog;
}

export interface Adopted {
  readonly live: Catalog;
  /** What each migration touches. */
  readonly touched: ReadonlyMap<string, Touched>;
}

export interface Holding {
  /** In their order: what they make is there, all of it or with differences. */
  readonly there: readonly string[];
  /** What they make is not there, or is there in another form than they leave it. */
  readonly absent: readonly string[];
  /** Of those that are there: gone, or other than they make it. */
  readonly differs: readonly Difference[];
  /** What no migration makes. */
  readonly others: readonly Difference[];
}

/**
 * Finds the point of the history that explains most of the database, the later one of two. Of the migrations up to there, one counts
 * as absent if all that is left of its work at that point is missing.
 * @param start what the migrations make that are recorded already.
 */
export function comparePrefixes(start: Catalog, prefixes: readonly Prefix[], { live, touched }: Adopted): Holding {
  const points = [start, ...prefixes.map(({ catalog }) => catalog)];
  const distances = points.map(catalog => distance(catalog, live, points));
  const at = distances.lastIndexOf(Math.min(...distances));
  const point = points[at] ?? start;
  const { ours, others } = driftBetween(point, live);
  const gone = new Set(ours.filter(({ after }) => after === undefined).map(keyOf));
  const steps = prefixes.slice(0, at).map(({ name }, index) => ({
    name,
    made: madeBy(points[index] ?? start, points[index + 1] ?? start).filter(key => isIn(point, key)),
  }));
  const absent = findAbsent(steps, { gone, touched });
  const missing = new Set(absent.flatMap(({ made }) => made.map(({ key }) => key)));
  return {
    there: steps.filter(step => !absent.includes(step)).map(({ name }) => name),
    absent: [...absent.map(({ name }) => name), ...prefixes.slice(at).map(({ name }) => name)],
    differs: ours.filter(difference => !missing.has(keyOf(difference))),
    others: others.filter(difference => !points.some(catalog => isIn(catalog, made(difference)))),
  };
}

interface Prefixed {
  readonly name: string;
  /** What is left of its work at the point. */
  readonly made: readonly Made[];
}

/** One that a later one which is there builds on cannot run behind that: what is missing of it is a difference. */
function findAbsent(
  steps: readonly Prefixed[],
  { gone, touched }: Pick<Adopted, 'touched'> & { readonly gone: ReadonlySet<string> },
): Prefixed[] {
  const there: string[] = [];
  const absent: Prefixed[] = [];
  for (const step of steps.toReversed()) {
    const isGone = step.made.length > 0 && step.made.every(({ key }) => gone.has(key));
    if (isGone && there.every(later => !dependsOn(touched.get(later), touched.get(step.name)))) {
      absent.unshift(step);
    } else {
      there.push(step.name);
    }
  }
  return absent;
}

/**
 * How much of ours there is that this point does not explain: that it has in another form, or not at all. What is missing tells
 * nothing, since that may be pending; and what others made beside ours does not count. A table counts with all its parts.
 */
function distance(catalog: Catalog, live: Catalog, points: readonly Catalog[]): number {
  return compareCatalogs(catalog, live)
    .filter(({ after }) => after !== undefined)
    .filter(difference => difference.before !== undefined || points.some(own => isIn(own, made(difference))))
    .reduce((sum, difference) => sum + weigh(difference, catalog, live), 0);
}

function weigh({ object, relation, property }: Difference, ...catalogs: readonly Catalog[]): number {
  const [table] = catalogs.flatMap(({ tables }) => tables[relation] ?? []);
  return object === 'table' && property === undefined && table
    ? [table.columns, table.constraints, table.indexes].reduce((sum, part) => sum + Object.keys(part).length, 1)
    : 1;
}

interface Made extends Pick<Difference, 'object' | 'relation' | 'name'> {
  readonly key: string;
}

function made(difference: Difference): Made {
  const { object, relation, name } = difference;
  return { object, relation, ...(name === undefined ? {} : { name }), key: keyOf(difference) };
}

function keyOf({ object, relation, name = '' }: Difference): string {
  return `${object} ${relation} ${name}`;
}

/** What the second has and the first has not. A column, constraint or index of a new table goes with the table. */
function madeBy(before: Catalog, after: Catalog): Made[] {
  return compareCatalogs(before, after)
    .filter(difference => difference.before === undefined && difference.property === undefined)
    .map(made);
}

function isIn(catalog: Catalog, { object, relation, name }: Pick<Made, 'object' | 'relation' | 'name'>): boolean {
  const table = catalog.tables[relation];
  switch (object) {
    case 'table':
      return table !== undefined;
    case 'column':
      return name !== undefined && name in (table?.columns ?? {});
    case 'constraint':
    case 'index':
    case 'trigger':
    case 'policy': {
      const parts = { constraint: 'constraints', index: 'indexes', trigger: 'triggers', policy: 'policies' } as const;
      return name === 'primary key' || (name !== undefined && name in (table?.[parts[object]] ?? {}));
    }
    case 'enum':
      return relation in catalog.enums;
    case 'view':
      return relation in catalog.views;
    case 'routine':
      return relation in catalog.routines;
    case 'sequence':
      return relation in catalog.sequences;
    default:
      return relation in catalog.others[object];
  }
}
