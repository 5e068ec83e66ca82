/** What steps really locked, as text. Pure. */
import type { MigrationProof } from '../report.ts';
import type { TracedStep } from '../trace/traced-step.ts';

/** A line for each step, under the name of its migration. */
export function renderLockTrace(migrations: readonly MigrationProof[]): string {
  return migrations
    .filter(({ steps }) => steps.length > 0)
    .flatMap(({ name, steps }) => [name, ...steps.map(renderStep), ''])
    .join('\n')
    .trimEnd();
}

function renderStep(step: TracedStep): string {
  const { method, position, sql } = step;
  const line = sql.replaceAll(/\s+/g, ' ');
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
  return `  ${method} ${String(position).padStart(2)}  ${short.padEnd(LONGEST)}  ${renderCost(step).padStart(7)} ms  ${renderTracedLocks(step)}`;
}

const LONGEST = 60;

/** `SHARE UPDATE EXCLUSIVE on lessons (read)` */
export function renderTracedLocks({ locks, rewritten, scanned }: TracedStep): string {
  const taken = locks.flatMap(({ table, mode }) => {
    const how = rewritten.includes(table) ? ' (written anew)' : scanned.includes(table) ? ' (read)' : '';
    return mode === undefined ? [] : [`${mode} on ${table}${how}`];
  });
  return taken.length === 0 ? 'nothing that was there' : taken.join(', ');
}

export function renderCost({ durationMs }: TracedStep): string {
  return durationMs.toFixed(1);
}
