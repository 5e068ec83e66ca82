/** The pending migrations as `up` would judge them now, and what they touch. */
import type { PoolClient } from 'pg';
import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Step } from '../plan/plan.ts';
import type { Project } from '../project/project.ts';
import { countDone, isTurned } from '../runner/half-way.ts';
import type { JournalEntry } from '../runner/journal.ts';
import { type JudgedRun, judgeRuns } from '../runner/plan-runs.ts';
import { readDone } from '../runner/run-migration.ts';
import { type Change, renderName } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import type { Forecast } from './forecast.ts';
import { readFactsAside } from './read-tables.ts';

export interface Sources {
  readonly project: Project;
  readonly client: PoolClient;
  readonly entries: readonly JournalEntry[];
}

export interface Judged {
  readonly runs: ReadonlyMap<string, JudgedRun>;
  /** Absent where nothing is pending. */
  readonly facts?: DatabaseFacts;
  readonly changes: ReadonlyMap<Step, readonly Change[]>;
  /** Those that have not run, in their order. */
  readonly left: readonly Step[];
}

/** What `up` would judge. */
export async function judge({ project, client, entries }: Sources, names: readonly string[]): Promise<Judged> {
  const { driver, config, files } = project;
  const turned = new Set(names.filter(name => isTurned(entries, name, 'up')));
  const begun = countDone(entries);
  const read = (tables: readonly string[]): Promise<DatabaseFacts> => readFactsAside(client, tables);
  const context = { driver, config, method: 'up', begun, turned } as const;
  const runs = await judgeRuns(read, await files.load(names), context);
  const left: Step[] = [];
  for (const [name, { steps }] of runs) {
    const own = entries.filter(({ migration }) => migration === name);
    left.push(...steps.slice(readDone({ name, method: 'up', steps, entries: own })));
  }
  const [first] = runs.values();
  const changes = await readChanges([...runs.values()].flatMap(({ steps }) => steps));
  return { runs, ...(first ? { facts: first.before } : {}), left, changes };
}

/** By step: two of them may have one text. */
async function readChanges(steps: readonly Step[]): Promise<ReadonlyMap<Step, readonly Change[]>> {
  const changes = new Map<Step, readonly Change[]>();
  for (const step of steps) {
    const statements = step.backfill ? [] : await readStatements(step.sql);
    changes.set(
      step,
      statements.flatMap(statement => statement.changes),
    );
  }
  return changes;
}

/** Those that are there: locked, filled, or pointed to. */
export function touchedTables({ changes, facts }: Judged): string[] {
  const names = [...changes].flatMap(([{ locks, backfill }, own]) => [
    ...locks.map(({ table }) => table),
    ...(backfill ? [backfill.table] : []),
    ...own.flatMap(change => ('table' in change && change.table ? [renderName(change.table)] : [])),
  ]);
  return [...new Set(names)].filter(name => facts?.tables[name] !== undefined && facts.tables[name].kind !== 'view');
}

/** Under the names too that tables get on the way. */
export function withNewNames(tables: Forecast['tables'], changes: Judged['changes']): Forecast['tables'] {
  let named = tables;
  for (const change of [...changes.values()].flat()) {
    const size = change.kind === 'rename table' ? named[renderName(change.table)] : undefined;
    if (change.kind === 'rename table' && size) {
      named = { ...named, [renderName({ ...change.table, name: change.to })]: size };
    }
  }
  return named;
}

/** Where the foreign keys lead that are there, or are made, by the name of the table and theirs. */
export function referencesOf(
  changes: ReadonlyMap<Step, readonly Change[]>,
  facts: DatabaseFacts | undefined,
): ReadonlyMap<string, string> {
  const references = new Map<string, string>();
  for (const [table, { constraints }] of Object.entries(facts?.tables ?? {})) {
    for (const [name, { references: to }] of Object.entries(constraints)) {
      if (to !== undefined) {
        references.set(`${table}.${name}`, to);
      }
    }
  }
  for (const change of [...changes.values()].flat()) {
    if (change.kind === 'add constraint' && change.definition.references) {
      const to = renderName(change.definition.references.table);
      references.set(`${renderName(change.table)}.${change.constraint}`, to);
    }
  }
  return references;
}
