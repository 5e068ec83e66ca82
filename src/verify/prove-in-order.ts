/** Migrations one after the other on one shadow database, each on the rows and the schema that those before it leave. */
import type { Catalog } from '../catalog/catalog.ts';
import { replay } from '../proof/replay.ts';
import { checkHeader } from './check-files.ts';
import type { ProvedSql } from './check-sql.ts';
import { readLosses } from './header.ts';
import { checkLeftOver, listUnfinished } from './left-over.ts';
import type { MigrationText } from './migration-text.ts';
import { type Proved, proveMigration } from './prove-migration.ts';
import { CHECKS, type Check, type Finding, type MigrationProof, type Outcome } from './report.ts';
import { TableFiller } from './rows/fill-tables.ts';
import type { LaterState } from './rows/look-ahead.ts';
import type { ShadowProject } from './shadow-project.ts';

export interface ProofPlan {
  /** All files in their order. */
  readonly names: readonly string[];
  /** Those to prove; the others are only run. */
  readonly chosen: ReadonlySet<string>;
  /** Behind each of them, as far as is known. */
  readonly ahead: ReadonlyMap<string, LaterState>;
  readonly files: ReadonlyMap<string, MigrationText>;
  readonly rows: number;
  readonly crash: boolean;
  readonly oneWay: readonly string[];
  onBegin?(name: string): void;
}

export interface ProvedInOrder {
  readonly migrations: readonly MigrationProof[];
  readonly notReached: readonly string[];
  readonly findings: readonly Finding[];
  readonly sql: readonly ProvedSql[];
  /** What all of them make; absent where not all could run. */
  readonly reached?: Catalog;
}

/** Stops behind the first that does not end where `up` leads. */
export async function proveInOrder(shadow: ShadowProject, plan: ProofPlan): Promise<ProvedInOrder> {
  const { names, chosen, ahead, rows, onBegin } = plan;
  const filler = new TableFiller({ rows, without: shadow.own });
  const all: { readonly proof: MigrationProof; readonly proved: Proved; readonly findings: readonly Finding[] }[] = [];
  const unfinished = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    if (!chosen.has(name)) {
      await replay(shadow.client, await shadow.project.files.list([name]));
      continue;
    }
    onBegin?.(name);
    const later = names.slice(index).flatMap(next => ahead.get(next) ?? []);
    const one = await proveOne(shadow, plan, { name, fill: () => filler.fill(shadow.client, later) });
    all.push(one);
    for (const line of one.proved.catalog ? listUnfinished(one.proved.catalog) : []) {
      unfinished.set(line, unfinished.get(line) ?? name);
    }
    if (!one.proved.canGoOn) {
      break;
    }
  }
  const proven = new Set(all.map(({ proof }) => proof.name));
  const notReached = [...chosen].filter(name => !proven.has(name));
  const isWhole = all.every(({ proved }) => proved.canGoOn);
  const reached = isWhole ? await shadow.readCatalog() : undefined;
  return {
    migrations: all.map(({ proof }) => proof),
    notReached,
    findings: [...all.flatMap(({ findings }) => findings), ...(reached ? checkLeftOver(reached, unfinished) : [])],
    sql: all.map(({ proved }) => proved.sql),
    ...(reached ? { reached } : {}),
  };
}

async function proveOne(
  shadow: ShadowProject,
  { files, oneWay, crash }: ProofPlan,
  { name, fill }: { name: string; fill: () => ReturnType<TableFiller['fill']> },
): Promise<{ proof: MigrationProof; proved: Proved; findings: readonly Finding[] }> {
  const startedAt = performance.now();
  const filled = await fill();
  const { file, header } = files.get(name) ?? {};
  const isOneWay = oneWay.includes(name);
  const proved = await proveMigration(shadow, { name, losses: readLosses(header), isOneWay, crash });
  // a class that is in no file has no header
  const inHeader = file === undefined ? [] : checkHeader(name, header);
  const outcomes = { ...proved.outcomes, header: inHeader.length > 0 ? 'failed' : 'proved' } as const;
  const proof: MigrationProof = {
    name,
    ...(file === undefined ? {} : { file }),
    outcomes: fillOutcomes(outcomes),
    rows: filled.rows,
    steps: proved.steps,
    durationMs: Math.round(performance.now() - startedAt),
  };
  const notes = filled.notes.map(note => describeNote(name, note));
  return { proof, proved, findings: [...notes, ...inHeader, ...proved.findings] };
}

function fillOutcomes(outcomes: Partial<Record<Check, Outcome>>): Record<Check, Outcome> {
  return Object.fromEntries(CHECKS.map(check => [check, outcomes[check] ?? 'left out'])) as Record<Check, Outcome>;
}

function describeNote(migration: string, happens: string): Finding {
  const remedy = 'Look at its constraints: what they want could not be guessed.';
  const explanation = { title: `${migration} was proved without some rows`, happens, remedy };
  return { check: 'up', migration, severity: 'note', explanation };
}
