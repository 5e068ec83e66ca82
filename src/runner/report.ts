/** What a person, or a machine (`LOG_FORMAT=json`), is told while migrations run: one line for each thing, on stderr. */
import type { TableLock } from '../plan/plan.ts';
import { type ProgressState, withProgress } from '../terminal/progress-bar.ts';
import { isVerbose, printProgress } from '../terminal/terminal.ts';
import type { Activity } from './application-name.ts';
import type { OtherSession } from './watcher.ts';

export type RunEvent =
  | { readonly event: 'waiting for another run'; readonly holder: OtherSession | undefined }
  | { readonly event: 'note'; readonly text: string }
  | ({ readonly event: 'step'; readonly sql: string; readonly locks: readonly TableLock[] } & Activity & {
        readonly durationMs: number;
        readonly attempts: number;
        /** How long it waited for locks, or for whom a concurrent build had to wait, as far as was seen. */
        readonly waitedMs?: number;
        /** Only of backfills. */
        readonly rows?: number;
      })
  | ({
      readonly event: 'blocked';
      readonly sql: string;
      readonly attempts: number;
      readonly holders: readonly OtherSession[];
    } & Activity)
  /** For a release, or behind what waits for one. */
  | { readonly event: 'waits'; readonly migration: string; readonly text: string }
  /** Of all migrations, or of those that were asked for. */
  | { readonly event: 'nothing to do'; readonly method: 'up' | 'down'; readonly of: 'all' | 'asked' }
  | { readonly event: 'executed' | 'reverted'; readonly migration: string; readonly durationMs: number };

export interface Reporter {
  report(event: RunEvent): void;
  /** A long step: a bar on a terminal, a line now and then elsewhere. */
  progress<T>(
    activity: Activity,
    title: string,
    work: (update: (state: ProgressState) => void) => Promise<T>,
  ): Promise<T>;
}

export function createReporter({ silent, env }: { silent: boolean; env: NodeJS.ProcessEnv }): Reporter {
  if (silent) {
    return { report: () => undefined, progress: (_activity, _title, work) => work(() => undefined) };
  }
  if (env.LOG_FORMAT === 'json') {
    return { report: reportJson, progress: progressJson };
  }
  return {
    report: event => printProgress(renderEvent(event)),
    progress: ({ step, steps }, title, work) => withProgress({ title: `  ${step}/${steps} ${title}` }, work),
  };
}

/** `pid 4711 (psql, anna, idle in transaction, for 12 s)`; its query only with `--verbose`. */
export function renderSession({ pid, user, application, state, seconds, query }: OtherSession): string {
  const parts = [application || 'no application name', user, state, seconds === null ? null : `for ${seconds} s`];
  const text = `pid ${pid} (${parts.filter(part => part !== null && part !== '').join(', ')})`;
  return isVerbose() && query ? `${text}: ${oneLine(query, 200)}` : text;
}

export function renderSessions(sessions: readonly OtherSession[]): string {
  return sessions.map(renderSession).join('; ') || 'a session that has ended meanwhile';
}

function renderEvent(event: RunEvent): string {
  switch (event.event) {
    case 'waiting for another run':
      return `Waiting for another process that migrates this database${event.holder ? `: ${renderSession(event.holder)}` : ''}.`;
    case 'note':
    case 'waits':
      return event.text;
    case 'step':
      return `  ${event.step}/${event.steps} ${oneLine(event.sql, 72)}  (${renderCost(event)})`;
    case 'blocked':
      return `  ${event.step}/${event.steps} waits for its lock without holding up anybody, ${event.attempts} ${event.attempts === 1 ? 'attempt' : 'attempts'} so far; it is held by ${renderSessions(event.holders)}`;
    case 'nothing to do':
      return `Nothing to do: no migration ${event.of === 'asked' ? 'that was asked for ' : ''}is ${event.method === 'up' ? 'pending' : 'executed'}.`;
    case 'executed':
    case 'reverted':
      return `${event.event} ${event.migration} in ${event.durationMs} ms`;
    default:
      throw new Error(`Unknown event ${(event satisfies never as RunEvent).event}`);
  }
}

function renderCost({ locks, durationMs, attempts, rows }: Extract<RunEvent, { event: 'step' }>): string {
  return [
    ...locks.map(({ table, mode }) => `${mode} on ${table}`),
    ...(rows === undefined ? [] : [`${rows.toLocaleString('en-US')} rows`]),
    `${durationMs} ms`,
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ].join(', ');
}

function oneLine(sql: string, longest: number): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

function reportJson(event: RunEvent): void {
  printProgress(JSON.stringify({ time: new Date().toISOString(), ...withoutQueries(event) }));
}

function withoutQueries(event: RunEvent): object {
  return isVerbose() ? event : JSON.parse(JSON.stringify(event, (key, value) => (key === 'query' ? undefined : value)));
}

const JSON_EVERY_MS = 1000;

function progressJson<T>(
  activity: Activity,
  title: string,
  work: (update: (state: ProgressState) => void) => Promise<T>,
): Promise<T> {
  let lastAt = performance.now();
  return work(state => {
    if (performance.now() - lastAt >= JSON_EVERY_MS) {
      lastAt = performance.now();
      printProgress(
        JSON.stringify({ time: new Date().toISOString(), event: 'progress', title, ...activity, ...state }),
      );
    }
  });
}
