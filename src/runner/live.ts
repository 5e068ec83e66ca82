/** The live database beside what the migrations say of it. */
import type { PoolClient } from 'pg';
import { applyChange } from '../catalog/apply-change.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Difference } from '../catalog/compare-catalogs.ts';
import { driftBetween } from '../catalog/drift.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import { readFactRows, readFacts } from '../catalog/read-facts.ts';
import { readGrants } from '../catalog/read-grants.ts';
import type { ListedStatement } from '../migration.ts';
import { readTouched } from '../planner/touched-objects.ts';
import { readStatements } from '../statement/read.ts';
import { isVerbose, printProgress, printWarning } from '../terminal/terminal.ts';

interface Listed {
  readonly name: string;
  readonly statements: readonly ListedStatement[];
}

export interface LiveSources {
  /** What all migrations make, replayed; without it no drift can be told. */
  readonly history: Catalog | undefined;
  /** Those that have not run here. */
  readonly pending: readonly Listed[];
  /** The names of those that wait for a release: what they change is no drift. */
  readonly waiting?: ReadonlySet<string>;
}

export interface Live {
  /** What of ours is gone or other than the migrations made it. Empty while migrations are pending that wait for nothing. */
  readonly drift: readonly Difference[];
  /** What others have made beside it or on our tables: left alone. */
  readonly others: readonly Difference[];
  /** Rights that others were given, with `--verbose`: `grant select on public.users to reporter`. */
  readonly grants: readonly string[];
  /** The facts as they are once the pending migrations have run. */
  readFacts(tables: readonly string[]): Promise<DatabaseFacts>;
}

type WithClient = <T>(work: (client: PoolClient) => Promise<T>) => Promise<T>;

/**
 * Reads while what it is compared with is still being built.
 * @param options.own our own tables, which no migration makes: `schema.name`.
 * @param options.oldestPostgres what is planned has to run on that major version too.
 */
export async function readLive(
  withClient: WithClient,
  options: {
    readonly sources: Promise<LiveSources>;
    /** Facts will be asked for. */
    readonly plans: boolean;
    readonly own: readonly string[];
    readonly oldestPostgres: number | undefined;
  },
): Promise<Live> {
  const { sources, plans, own, oldestPostgres } = options;
  const reading = withClient(async client => {
    const catalog = await readCatalog(client, { without: own });
    const grants = isVerbose() ? await readGrants(client, own) : [];
    return { catalog, grants, rows: plans ? await readFactRows(client) : undefined };
  });
  // neither may still be at work when the other has failed
  await Promise.allSettled([sources, reading]);
  const { history, pending, waiting = new Set() } = await sources;
  const { catalog, grants, rows } = await reading;
  const isComparable = pending.every(({ name }) => waiting.has(name));
  const { ours, others } = history && isComparable ? driftBetween(history, catalog) : { ours: [], others: [] };
  const touched = await touchedBy(pending);
  return {
    drift: withoutObjects(ours, touched),
    others: withoutObjects(others, touched),
    grants,
    readFacts: tables =>
      withClient(async client => {
        const facts = await readFacts(client, { tables, ...(rows ? { rows } : {}) });
        const version = Math.min(facts.version, oldestPostgres ?? facts.version);
        return withPending({ ...facts, version }, pending);
      }),
  };
}

async function touchedBy(migrations: readonly Listed[]): Promise<ReadonlySet<string>> {
  const sql = migrations.flatMap(({ statements }) => statements.map(statement => statement.sql));
  return readTouched((await Promise.all(sql.map(readStatements))).flat()).names;
}

function withoutObjects(differences: readonly Difference[], objects: ReadonlySet<string>): Difference[] {
  return differences.filter(({ relation, name }) =>
    [...relation.split('.'), name].every(part => part === undefined || !objects.has(part)),
  );
}

async function withPending(facts: DatabaseFacts, pending: readonly Listed[]): Promise<DatabaseFacts> {
  let after = facts;
  for (const { sql } of pending.flatMap(({ statements }) => statements)) {
    for (const { changes } of await readStatements(sql)) {
      after = changes.reduce(applyChange, after);
    }
  }
  return after;
}

/** Names what differs; it never slips into a migration. With `--verbose` also what others made. */
export function reportDrift({ drift, others, grants }: Pick<Live, 'drift' | 'others' | 'grants'>): void {
  const theirs = others.map(({ object, relation, name }) => [object, relation, name].filter(Boolean).join(' '));
  if (isVerbose() && theirs.length + grants.length > 0) {
    printProgress(`Made by others and left alone: ${[...theirs, ...grants].join(', ')}`);
  }
  if (drift.length === 0) {
    return;
  }
  printWarning(
    `the live database is not what the migrations made (drift): ${drift.map(nameOf).join(', ')}. It is left as it is.`,
  );
  if (isVerbose()) {
    for (const difference of drift) {
      printProgress(`  ${nameOf(difference)}: ${show(difference.before)} → ${show(difference.after)}`);
    }
  }
}

function nameOf({ object, relation, name, property, after }: Difference): string {
  const path = [relation.replace(/^public\./, ''), name].filter(part => part !== undefined).join('.');
  return `${object} ${path}${property === undefined ? '' : ` (${property})`}${after === undefined ? ' is gone' : ' differs'}`;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
}
