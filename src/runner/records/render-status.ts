import { renderCount, renderDuration } from '../../terminal/progress-bar.ts';
import type { MigrationState, MigrationStatus, StatusReport } from './status.ts';

/** A line for each migration, and a sentence with the counts and what comes next. */
export function renderStatus({ migrations, run }: StatusReport): string {
  const width = Math.max(0, ...migrations.map(({ name }) => name.length));
  const lines = migrations.map(migration =>
    `${migration.name.padEnd(width)}  ${renderState(migration).padEnd(8)}  ${renderDetails(migration)}`.trimEnd(),
  );
  const runs = migrations.some(({ state }) => state === 'running');
  const other = run && !runs ? [`A run is at work (pid ${run.pid}, ${run.application || 'no application name'}).`] : [];
  return [...lines, ...other, renderSummary(migrations)].join('\n');
}

function renderState({ state }: MigrationStatus): string {
  return state === 'waiting' ? 'waits for deploy' : state;
}

function renderDetails(migration: MigrationStatus): string {
  const { state, executedAt = '', durationMs, error, behind, waitsFor } = migration;
  switch (state) {
    case 'executed':
      return [executedAt, ...(durationMs === undefined ? [] : [renderMilliseconds(durationMs)])].join('  ');
    case 'pending':
      return behind
        ? `numbered below ${behind}, which has run`
        : error
          ? `nothing is changed, its first step failed: ${error}`
          : '';
    case 'waiting':
      return waitsFor ?? '';
    case 'running':
      return renderRunning(migration);
    case 'stopped':
      return renderStopped(migration);
    case 'changed':
      return `${executedAt}  changed after it ran`;
    case 'missing':
      return `${executedAt}  no file here`.trim();
    default: {
      const never: never = state;
      return never;
    }
  }
}

function renderRunning({ method, step, steps, percent, phase, pid, rowsLeft, rowsPerSecond }: MigrationStatus): string {
  const left = rowsLeft !== undefined && rowsPerSecond ? [`${renderDuration(rowsLeft / rowsPerSecond)} left`] : [];
  return [
    `${method}, step ${step} of ${steps}`,
    ...(percent === undefined ? [] : [`${percent} %`]),
    ...(rowsPerSecond === undefined ? [] : [`${renderCount(rowsPerSecond)} rows/s`]),
    ...left,
    ...(phase ? [phase] : []),
    `pid ${pid}`,
  ].join(', ');
}

function renderStopped({ method, step, steps, sql, error, rowsDone }: MigrationStatus): string {
  const rows = rowsDone === undefined ? '' : ` after ${renderCount(rowsDone)} rows`;
  const statement = sql ? `, ${oneLine(sql)}` : '';
  const of = steps === undefined ? '' : ` of ${steps}`;
  return `${method} stopped at step ${step}${of}${statement}${rows}: ${error ? oneLine(error) : 'its process has ended'}`;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

function renderMilliseconds(durationMs: number): string {
  return durationMs < 1000 ? `${durationMs} ms` : renderDuration(durationMs / 1000);
}

const NEXT: readonly (readonly [MigrationState, string])[] = [
  ['running', ''],
  ['changed', 'npm run migrate says what to do'],
  ['missing', 'npm run migrate says what to do'],
  ['stopped', 'mend the cause, then npm run migrate goes on (npm run migrate:down reverts)'],
  ['pending', 'npm run migrate'],
  ['waiting', 'npm run migrate -- --contract, after the deploy'],
];

function renderSummary(migrations: readonly MigrationStatus[]): string {
  const states = (['executed', 'running', 'stopped', 'pending', 'waiting', 'changed', 'missing'] as const).map(
    state => {
      return [state, migrations.filter(migration => migration.state === state).length] as const;
    },
  );
  const counted = states.filter(([state, count]) => count > 0 || state === 'executed' || state === 'pending');
  const counts = counted
    .map(([state, count]) => `${count} ${state === 'waiting' ? 'waiting for a deploy' : state}`)
    .join(', ');
  const next = NEXT.find(([state]) => migrations.some(migration => migration.state === state))?.[1];
  return `${counts}.${next ? ` Next: ${next}` : ''}`;
}
