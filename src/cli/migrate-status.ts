import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

interface MigrationStatus {
  readonly name: string;
  readonly state: 'executed' | 'pending';
  /** ISO 8601; only of executed ones. */
  readonly executedAt?: string;
}

export const command: CommandModule<object, { json?: boolean }> = {
  command: 'migrate:status',
  describe: 'List the migrations, executed and pending',
  builder: args =>
    args
      .options({ json: { type: 'boolean', describe: 'Print an array of { name, state, executedAt }' } })
      .epilogue('Exit codes: 0 all are executed · 1 it could not be found out · 3 some are pending'),
  handler: ({ json }) =>
    withOrm(async (_orm, migrator) => {
      const executed = (await migrator.getExecuted()).map(({ name, executed_at }): MigrationStatus => {
        return { name, state: 'executed', executedAt: executed_at.toISOString() };
      });
      const pending = (await migrator.getPending()).map(({ name }): MigrationStatus => ({ name, state: 'pending' }));
      const all = [...executed, ...pending].sort((a, b) => a.name.localeCompare(b.name));
      printResult(json ? JSON.stringify(all, null, 2) : renderStatus(all, pending.length));
      process.exitCode = pending.length > 0 ? 3 : 0;
    }),
};

function renderStatus(all: readonly MigrationStatus[], pending: number): string {
  const width = Math.max(0, ...all.map(({ name }) => name.length));
  const lines = all.map(({ name, state, executedAt = '' }) =>
    `${name.padEnd(width)}  ${state}  ${executedAt}`.trimEnd(),
  );
  const next = pending > 0 ? ' Next: npm run migrate' : '';
  return [...lines, `${all.length - pending} executed, ${pending} pending.${next}`].join('\n');
}
