/** Whether what a migration makes is in the database: before it is recorded, or taken off the record, without being run. */
import type { Catalog } from '../../catalog/catalog.ts';
import { compareCatalogs, type Difference } from '../../catalog/compare-catalogs.ts';
import { MigrationError } from '../../errors.ts';

export interface MadeQuestion<M extends { readonly name: string }> {
  readonly name: string;
  /** Whether its result should be there, or gone. */
  readonly wanted: 'made' | 'gone';
  /** All files in their order. */
  readonly migrations: readonly M[];
  readonly executed: ReadonlySet<string>;
  readonly live: Catalog;
  /** What these migrations make on an empty database. */
  readonly build: (migrations: readonly M[]) => Promise<Catalog>;
}

/**
 * From what should be there to what is, of all that the migration touches; what later migrations made of it counts.
 * @throws MigrationError where the migrations before it, or it itself, cannot be built.
 */
export async function findUnlike<M extends { readonly name: string }>(
  question: MadeQuestion<M>,
): Promise<Difference[]> {
  const { name, migrations, executed, build, live } = question;
  const position = migrations.findIndex(migration => migration.name === name);
  const earlier = migrations.slice(0, position).filter(migration => executed.has(migration.name));
  const [own] = migrations.slice(position, position + 1);
  const before = await build(earlier);
  const after = await build(own ? [...earlier, own] : earlier);
  const touched = compareCatalogs(before, after);
  const expected = await buildExpected(question, { before, after });
  return compareCatalogs(expected, live).filter(found => touched.some(part => isPartOf(found, part)));
}

async function buildExpected<M extends { readonly name: string }>(
  { name, wanted, migrations, executed, build }: MadeQuestion<M>,
  { before, after }: { before: Catalog; after: Catalog },
): Promise<Catalog> {
  const position = migrations.findIndex(migration => migration.name === name);
  const own = wanted === 'made' ? after : before;
  if (!migrations.slice(position + 1).some(migration => executed.has(migration.name))) {
    return own;
  }
  const all = migrations.filter(migration =>
    migration.name === name ? wanted === 'made' : executed.has(migration.name),
  );
  return build(all).catch(error => {
    // later ones need what it made
    if (error instanceof MigrationError && wanted === 'gone') {
      return own;
    }
    throw error;
  });
}

/** What was touched as a whole, a table or a column, takes its parts along. */
function isPartOf(found: Difference, touched: Difference): boolean {
  const isWholeTable = (difference: Difference): boolean =>
    difference.object === 'table' && difference.property === undefined;
  if (found.relation !== touched.relation) {
    return false;
  }
  if (isWholeTable(found)) {
    return isOfTable(touched);
  }
  if (isWholeTable(touched)) {
    // what others have added to it is theirs
    return isOfTable(found) && found.before !== undefined;
  }
  const isSame = found.object === touched.object && found.name === touched.name;
  const isWhole = found.property === undefined || touched.property === undefined;
  return isSame && (isWhole || found.property === touched.property);
}

function isOfTable({ object }: Difference): boolean {
  return ['table', 'column', 'constraint', 'index', 'trigger', 'policy'].includes(object);
}

/** A line for each: what is, and what would be. */
export function renderUnlike(differences: readonly Difference[]): string[] {
  return differences.map(({ object, relation, name, property, before, after }) => {
    const path = [relation.replace(/^public\./, ''), name].filter(part => part !== undefined).join('.');
    if (after === undefined) {
      return `${object} ${path} is not there`;
    }
    return before === undefined
      ? `${object} ${path} is there`
      : `${object} ${path}${property === undefined ? '' : `, ${PROPERTY[property] ?? property}`}: ${show(after)}, not ${show(before)}`;
  });
}

const PROPERTY: Readonly<Record<string, string>> = { notNull: 'not null' };

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
