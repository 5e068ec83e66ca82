import { ExplainedError, MigrationError, postgresError } from '../errors.ts';
import { InterruptedError } from './interrupt.ts';
import { StepError } from './step-error.ts';

export interface FailedRun {
  readonly name: string;
  readonly method: 'up' | 'down';
  /** How many steps the migration has. */
  readonly steps: number;
  /** How many of them are done and will not run again. */
  readonly done: number;
}

/** What failed in a migration, what is left behind, and how to go on. */
export function explainFailure(error: unknown, run: FailedRun): unknown {
  if (error instanceof InterruptedError) {
    return new InterruptedError(error.signal, whatIsLeft(run));
  }
  if (error instanceof ExplainedError) {
    return error;
  }
  const postgres = postgresError(error);
  return new MigrationError(
    {
      title: `Migration failed: ${run.name}, ${run.method}${error instanceof StepError ? `, step ${error.step.position + 1} of ${run.steps}` : ''}`,
      ...(error instanceof StepError ? { subject: error.step.sql } : {}),
      happens: postgres ? 'PostgreSQL refused this statement.' : errorText(error),
      remedy: remedyFor(postgres?.code, run),
      left: whatIsLeft(run),
    },
    { cause: error },
  );
}

export function whatIsLeft({ name, done, steps, method }: FailedRun): string {
  const others = `The migrations before it stay ${method === 'up' ? 'executed' : 'reverted'}.`;
  return done === 0
    ? `Nothing of ${name} was changed. ${others}`
    : `${done} of the ${steps} steps of ${name} are done and recorded; the next run begins behind them. ${others}`;
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const ALREADY_THERE = new Set(['42P07', '42710', '42701', '42P06']);

function remedyFor(code: string | undefined, { name, method }: FailedRun): string[] {
  if (code && ALREADY_THERE.has(code) && method === 'up') {
    return [
      'It is in the database already, made by db:push, by hand or by another tool.',
      `If it is exactly what this migration makes:  npx mikro-orm migration:log --name ${name}`,
      'On a development database:  npm run db:reset',
    ];
  }
  if (code === '42501') {
    return ['Connect as the role that owns these tables, or have the privilege granted.'];
  }
  if (code === '23505') {
    return ['Mend the duplicate rows that PostgreSQL names below, then run the same command again.'];
  }
  return [`Mend the cause, then run migration:${method} again: it goes on with this migration.`];
}
