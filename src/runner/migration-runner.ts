import type { Transaction } from '@mikro-orm/core';
import { type Migration, MigrationRunner } from '@mikro-orm/migrations';
import { ExplainedError, MigrationError, postgresError } from '../errors.ts';

/** Runs one migration in a transaction of its own, its record in the same transaction, and explains what fails. */
export class OnlineMigrationRunner extends MigrationRunner {
  override async run(
    migration: Migration,
    method: 'up' | 'down',
    afterRun?: (tx?: Transaction) => Promise<void>,
  ): Promise<void> {
    try {
      await super.run(migration, method, afterRun);
    } catch (error) {
      throw explainFailure(migration, method, error);
    }
  }
}

function explainFailure(migration: Migration, method: 'up' | 'down', error: unknown): unknown {
  if (error instanceof ExplainedError) {
    return error;
  }
  const postgres = postgresError(error);
  const name = migration.name ?? migration.constructor.name;
  const statement = postgres && error instanceof Error ? failedStatement(error, postgres) : undefined;
  return new MigrationError(
    {
      title: `Migration failed: ${name}, ${method}`,
      ...(statement ? { subject: statement } : {}),
      happens: postgres ? 'PostgreSQL refused this statement.' : errorText(error),
      remedy: remedyFor(postgres?.code, { name, method }),
      left: migration.isTransactional()
        ? `Nothing of this migration: its transaction was rolled back. Those before it stay ${method === 'up' ? 'executed' : 'reverted'}.`
        : 'It runs without a transaction: the statements before this one have taken effect.',
    },
    { cause: error },
  );
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** MikroORM puts the statement in front of PostgreSQL's own message. */
function failedStatement(error: Error, postgres: Error): string | undefined {
  const end = error.message.lastIndexOf(` - ${postgres.message}`);
  return end > 0 ? error.message.slice(0, end) : undefined;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const ALREADY_THERE = new Set(['42P07', '42710', '42701', '42P06']);

function remedyFor(code: string | undefined, { name, method }: { name: string; method: 'up' | 'down' }): string[] {
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
  return [`Mend the cause, then run migration:${method} again: it goes on with this migration.`];
}
