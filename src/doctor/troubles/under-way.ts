/** A run that takes too long, and those that have stopped half-way. */

import type { MigrationStatus } from '../../runner/records/status.ts';
import { renderSessions } from '../../runner/report.ts';
import type { OtherSession } from '../../runner/watcher.ts';
import { renderCount, renderDuration } from '../../terminal/progress-bar.ts';
import type { Finding } from '../finding.ts';
import type { Patient } from '../patient.ts';

export function findUnderWay(patient: Patient): Finding[] {
  return patient.migrations.flatMap(migration => {
    switch (migration.state) {
      case 'running':
        return [describeRunning(migration, patient)];
      case 'stopped':
        return [describeStopped(migration)];
      default:
        return [];
    }
  });
}

function describeRunning(migration: MigrationStatus, { forecast, blockers }: Patient): Finding {
  const { name, method, step, steps, percent, phase, rowsLeft, rowsPerSecond, sql, pid } = migration;
  const planned = forecast.migrations.find(one => one.name === name)?.steps[(step ?? 1) - 1];
  const tables = new Set(planned?.locks.map(({ table }) => table));
  const holders = forecast.sessions.filter(session => session.locks.some(({ table }) => tables.has(table)));
  const all = [...blockers, ...holders, ...(phase?.startsWith('waiting for') ? forecast.snapshots : [])];
  const inTheWay = uniqueOthers(all, forecast.run?.pid);
  const progress = [
    `pid ${pid} is at step ${step} of ${steps} (${method})`,
    ...(percent === undefined ? [] : [`${percent} % of it are done`]),
    ...(phase ? [phase] : []),
    ...(rowsPerSecond === undefined ? [] : [`${renderCount(rowsPerSecond)} rows/s`]),
    ...(rowsLeft && rowsPerSecond ? [`about ${renderDuration(rowsLeft / rowsPerSecond)} left`] : []),
  ];
  return {
    id: 'takes-long',
    severity: 'do',
    title: `A run is at work: ${name}`,
    ...((sql ?? planned?.sql) ? { subject: sql ?? planned?.sql } : {}),
    happens: [
      `${progress.join(', ')}.`,
      ...(inTheWay.length > 0 ? [`In its way: ${renderSessions(inTheWay)}.`] : ['Nobody is in its way.']),
    ].join('\n'),
    hurts: 'Nobody waits for it; the migrations behind it do.',
    remedy: speedUp({ inTheWay, isBackfill: rowsLeft !== undefined, isBuild: phase !== undefined }),
    left: 'It can be ended at any time, with Ctrl-C or SIGTERM: npm run migrate goes on where it stopped.',
    reference: 'docs/running.md',
  };
}

function uniqueOthers(sessions: readonly OtherSession[], own: number | undefined): OtherSession[] {
  const byPid = new Map(sessions.map(session => [session.pid, session]));
  return [...byPid.values()].filter(({ pid, application }) => pid !== own && !application?.startsWith('sunschool-db '));
}

interface Speed {
  readonly inTheWay: readonly OtherSession[];
  readonly isBackfill: boolean;
  readonly isBuild: boolean;
}

function speedUp({ inTheWay, isBackfill, isBuild }: Speed): string[] {
  return [
    'npm run migrate:status shows how far it is.',
    ...inTheWay
      .filter(({ pid }) => pid > 0)
      .map(session => `End who is in the way, if you know it: select pg_terminate_backend(${session.pid})`),
    ...(isBackfill
      ? [
          'More workers, or larger batches: end the run, then MIGRATE_BACKFILL_WORKERS=4 MIGRATE_BACKFILL_BATCH_MS=100 npm run migrate',
        ]
      : []),
    ...(isBuild && inTheWay.length === 0
      ? ["More memory for builds: alter role … set maintenance_work_mem = '1GB', for the next one"]
      : []),
  ];
}

function describeStopped({ name, method, step, steps, sql, error }: MigrationStatus): Finding {
  const again = method === 'down' ? 'npm run migrate:down' : 'npm run migrate';
  const back = method === 'down' ? 'npm run migrate' : 'npm run migrate:down';
  return {
    id: 'stopped',
    severity: error === undefined ? 'do' : 'person',
    title: `Stopped half-way: ${name}`,
    ...(sql ? { subject: sql } : {}),
    happens: `Its ${method} has ended at step ${step}${steps === undefined ? '' : ` of ${steps}`}: ${error ?? 'the process was killed, or lost its connection'}.`,
    hurts: 'The database is between two migrations, and none behind it can run.',
    remedy: [
      `${error === undefined ? 'It goes on where it stopped' : 'Mend the cause; then it goes on where it stopped'}:  ${again}`,
      `Or take back what has run of it:  ${back}`,
    ],
    left: 'What has run of it is in the journal.',
    reference: 'docs/running.md',
  };
}
