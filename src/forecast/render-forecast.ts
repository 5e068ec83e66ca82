/** A forecast as text for a terminal. Pure, but for `--verbose`, which shows the queries of sessions. */
import type { TableSize } from '../catalog/read-sizes.ts';
import type { TableLock } from '../plan/plan.ts';
import { renderSession } from '../runner/report.ts';
import { renderViolation } from '../runner/rows/assert-rows-fit.ts';
import { renderCount, renderDuration } from '../terminal/progress-bar.ts';
import type {
  Estimate,
  Forecast,
  HoldingSession,
  MigrationForecast,
  StagingFigures,
  StepForecast,
} from './forecast.ts';

/** Each migration with its steps, the tables, who is on them, the disk, and a sentence with what comes next. */
export function renderForecast(forecast: Forecast): string {
  const { migrations, tables } = forecast;
  if (migrations.length === 0) {
    return 'Nothing to do: no migration is pending.';
  }
  return [
    ...migrations.map(migration => renderMigration(migration, tables)),
    ...section('Tables', Object.entries(tables).map(renderTable)),
    ...section('Sessions on these tables now', forecast.sessions.map(renderHolder)),
    ...section('Old transactions, which a concurrent index build waits for', forecast.snapshots.map(renderSession)),
    ...section('Disk', [renderDisk(forecast)]),
    renderSummary(forecast),
  ].join('\n\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [[title, ...lines.map(line => `  ${line}`)].join('\n')];
}

function renderMigration({ name, state, waitsFor, steps }: MigrationForecast, tables: Forecast['tables']): string {
  const notes = {
    pending: '',
    stopped: '  (stopped half-way, goes on)',
    there: '  (in the database already: only recorded)',
    waiting: '  (waits for deploy)',
  };
  return [
    `${name}${notes[state]}`,
    ...(waitsFor === undefined ? [] : [`  ${waitsFor}`]),
    ...steps.flatMap(step => renderStep(step, tables)),
  ].join('\n');
}

function renderStep(step: StepForecast, tables: Forecast['tables']): string[] {
  const { sql, isDone, locks, kind, phase, transactional, estimate, violations, unlooked, assumedSafe } = step;
  const [first = '', ...more] = sql.split('\n');
  const number = `${step.step}.`.padStart(4);
  const lines = [`${number} ${first}`, ...more.map(line => `     ${line}`)];
  const how = kind === 'backfill' ? ', in batches' : transactional ? '' : ', outside a transaction';
  const rows = isDone
    ? [['state', 'done before it stopped']]
    : [
        ['lock', locks.map(lock => renderLock(lock, tables)).join(', ') || 'none on a table that others use'],
        ['phase', `${phase}${how}`],
        ['takes', renderTakes(estimate)],
        ...(step.staging ? [['on staging', renderStaging(step.staging)]] : []),
        ...(estimate.diskBytes > 0 ? [['disk', `up to ${renderBytes(estimate.diskBytes)}`]] : []),
        ...step.hazards.map(hazard => ['hazard', hazard]),
        ...(assumedSafe === undefined ? [] : [['assumed safe', assumedSafe]]),
        ...violations.flatMap(violation => [
          ['in the way', renderViolation(violation)],
          ['', violation.sql.replace(/\s+/g, ' ')],
        ]),
        ...unlooked.map(what => ['not looked at', what]),
      ];
  return [...lines, ...rows.map(([label = '', text]) => `       ${label.padEnd(15)}${text}`)];
}

function renderLock({ table, mode }: TableLock, tables: Forecast['tables']): string {
  const size = tables[table];
  return `${mode} on ${table}${size ? ` (${renderSize(size)})` : ''}`;
}

function renderTakes({ durationMs, from }: Estimate): string {
  if (durationMs === undefined) {
    return 'cannot be told';
  }
  return from === undefined ? 'a moment' : `${renderMs(durationMs)}: ${from}`;
}

/** `4 s there, 2 attempts, waited 1 s; by the sizes 12 min here (180 times as large)` */
function renderStaging({ durationMs, attempts, waitedMs, scale, scaledMs }: StagingFigures): string {
  const there = [
    `${renderExactly(durationMs)} there`,
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(waitedMs > 0 ? [`waited ${renderExactly(waitedMs)}`] : []),
  ].join(', ');
  return scale === undefined || scaledMs === undefined
    ? there
    : `${there}; by the sizes ${renderMs(scaledMs)} here (${renderScale(scale)} times as large)`;
}

function renderExactly(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : renderDuration(milliseconds / 1000);
}

function renderScale(scale: number): string {
  return scale < 10 ? String(Math.round(scale * 10) / 10) : renderCount(scale);
}

function renderMs(milliseconds: number): string {
  return milliseconds < 1000 ? 'less than a second' : `about ${renderDuration(milliseconds / 1000)}`;
}

function renderSize({ bytes, rows }: TableSize): string {
  return `${renderBytes(bytes)}, about ${renderCount(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}

function renderTable([name, size]: readonly [string, TableSize]): string {
  return `${name}: ${renderSize(size)}; indexes ${renderBytes(size.indexBytes)}`;
}

/** Its locks by table, and the steps that would have to wait for it. */
function renderHolder({ locks, inTheWayOf, ...session }: HoldingSession): string {
  const held = locks.map(({ table, mode, isGranted }) => `${isGranted ? '' : 'waits for '}${mode} on ${table}`);
  const hindered = inTheWayOf.length > 0 ? `; in the way of ${renderHindered(inTheWayOf)}` : '';
  return `${renderSession(session)}: ${held.join(', ')}${hindered}`;
}

/** `0015_x 1, 5; 0016_y 2` */
function renderHindered(steps: HoldingSession['inTheWayOf']): string {
  const byName = Map.groupBy(steps, ({ migration }) => migration);
  return [...byName].map(([name, own]) => `${name} ${own.map(({ step }) => step).join(', ')}`).join('; ');
}

function renderDisk({ disk: { neededBytes, freeBytes, from } }: Forecast): string {
  const free =
    freeBytes === undefined
      ? 'Free disk is not known from here: look on the server, and say --free-disk 20GB.'
      : `${renderBytes(freeBytes)} are free (${from}).`;
  return neededBytes === 0
    ? 'Nothing to speak of is needed.'
    : `Up to ${renderBytes(neededBytes)} are needed, and as much write-ahead log. ${free}`;
}

function renderSummary({ database, server, migrations, run, speed, problems }: Forecast): string {
  const waiting = migrations.filter(({ state }) => state === 'waiting').length;
  const now = migrations.filter(({ state }) => state !== 'waiting');
  const estimates = now.flatMap(({ steps }) => steps.map(({ estimate }) => estimate));
  const total = estimates.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0);
  const unknown = estimates.some(({ durationMs }) => durationMs === undefined) ? ' and what cannot be told' : '';
  const read = `${renderBytes(speed.readBytesPerSecond)} a second${speed.measuredOn ? `, measured on ${speed.measuredOn}` : ', not measured'}`;
  return [
    ...(run ? [`A run is at work: ${renderSession(run)}.`] : []),
    `${database}, PostgreSQL ${server}: ${now.length} would run${waiting > 0 ? `, ${waiting} ${waiting === 1 ? 'waits' : 'wait'} for a deploy` : ''}. ` +
      `Estimated: ${renderMs(total)}${unknown}, without waits for locks (reading ${read}). Nothing was changed.`,
    ...(problems.length > 0
      ? ['A person must decide first: see below.']
      : now.length > 0
        ? ['Next: npm run migrate']
        : []),
  ].join('\n');
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** As PostgreSQL's pg_size_pretty: `12 GB`, in units of 1024; one decimal below ten. */
export function renderBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? Math.round(value * 10) / 10 : Math.round(value)} ${UNITS[power]}`;
}
