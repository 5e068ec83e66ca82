import type { MigrateOptions, MigrationInfo } from '@mikro-orm/core';
import { assertConsent } from '../runner/consent.ts';
import { assertContractsReverted, OPEN_GATE, passGate } from '../runner/contracts/gate.ts';
import type { MigrationEvents } from '../runner/events.ts';
import { assertRecords } from '../runner/records/assert-records.ts';
import { selectMigrations } from '../runner/selection.ts';
import type { Project } from './project.ts';

export interface Selection {
  readonly method: 'up' | 'down';
  /** As MikroORM's `up` and `down` take them. */
  readonly options: string | string[] | MigrateOptions | undefined;
  readonly events: MigrationEvents;
}

/**
 * Judges all that is to run, then runs it. Call it with the run lock held.
 * @throws MigrationError for a statement that is not online, records that do not fit, or a step that failed.
 */
export function runSelected(project: Project, selection: Selection): Promise<MigrationInfo[]> {
  return project.withFilesAsTheyAre(() => runFiles(project, selection));
}

async function runFiles(project: Project, { method, options, events }: Selection): Promise<MigrationInfo[]> {
  const { files, storage, executor, records, driver, reporter } = project;
  const [all, executed] = [await files.names(), await storage.executed()];
  const halfWay = executor.halfWay();
  const selected = selectMigrations(method, { all, executed, halfWay }, options);
  const gate = method === 'up' ? await project.gate(process.env, new Set(halfWay.keys())) : OPEN_GATE;
  const { run: migrations, waiting } = passGate(selected, gate);
  if (method === 'down') {
    await assertContractsReverted(migrations, { files, all, executed });
  }
  const findings = await records.find();
  const outOfOrder = findings.outOfOrder.filter(
    ({ name }) => method === 'up' && migrations.includes(name) && !gate.late.has(name),
  );
  assertRecords({ findings: { ...findings, outOfOrder }, left: 'Nothing was run.', env: process.env });
  await records.adoptHashes(findings);
  if (selected.length === 0) {
    const rest = selectMigrations(method, { all, executed, halfWay }, undefined);
    reporter.report({ event: 'nothing to do', method, of: rest.length > 0 ? 'asked' : 'all' });
  }
  await endSwaps(project, method, migrations);
  const plans = await executor.plan(method, await files.load(migrations));
  const isReported = migrations.length > 0 || process.env.MIGRATE_REPORT !== undefined;
  const staging = method === 'up' && isReported ? await import('./staging.ts') : undefined;
  await staging?.assertOnStaging(project, migrations);
  await assertConsent(driver.getConnection(), method, plans);
  const run = (): Promise<MigrationInfo[]> => runEach(project, { method, names: migrations, events });
  const done = staging ? await staging.withRunReport(project, plans, run) : await run();
  project.reportWaiting(waiting, gate.asked);
  return done;
}

/**
 * Of a migration that stopped while columns changed places, the names do not tell which of them have; one that was making a column
 * anew has none to turn round with: it ends first on the way on which it was, and then turns round as a whole.
 */
async function endSwaps(
  { files, executor, reporter }: Project,
  method: 'up' | 'down',
  names: readonly string[],
): Promise<void> {
  const halfWay = executor.halfWay();
  for (const name of names) {
    const way = halfWay.get(name);
    if (way === undefined || way === method) {
      continue;
    }
    const [listed] = await files.list([name], way);
    const [migration] = await files.load([name]);
    const { endsFirst, readJudged } = await import('../runner/plan-runs.ts');
    if (migration && listed && endsFirst(await readJudged(name, listed.statements))) {
      const text = `${name} stopped half-way ${way}, where columns change places or are made anew: it ends first, then goes ${method}.`;
      reporter.report({ event: 'note', text });
      await executor.end(migration, way);
    }
  }
}

/** One after the other; those that have run stay when a later one fails. */
async function runEach(
  { discover, executor, reporter }: Project,
  { method, names, events }: Pick<Selection, 'method' | 'events'> & { names: readonly string[] },
): Promise<MigrationInfo[]> {
  const found = await discover();
  const ran: MigrationInfo[] = [];
  for (const name of names) {
    const path = found.find(migration => migration.name === name)?.path;
    const info: MigrationInfo = { name, ...(path === undefined ? {} : { path }) };
    const startedAt = performance.now();
    await events.emit(method === 'up' ? 'migrating' : 'reverting', info);
    await executor.run(name, method);
    await events.emit(method === 'up' ? 'migrated' : 'reverted', info);
    const durationMs = Math.round(performance.now() - startedAt);
    reporter.report({ event: method === 'up' ? 'executed' : 'reverted', migration: name, durationMs });
    ran.push(info);
  }
  return ran;
}
