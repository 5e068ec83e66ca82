import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

interface MigrationStatus {
  readonly name: string;
  /** `waiting`: a contract whose release is not out, or what has to come behind it. */
  readonly state: 'executed' | 'pending' | 'waiting';
  /** ISO 8601; only of executed ones. */
  readonly executedAt?: string;
}

export const command: CommandModule<object, { json?: boolean }> = {
  command: 'migrate:status',
  describe: 'List the migrations, executed and pending',
  builder: args =>
    args
      .options({ json: { type: 'boolean', describe: 'Print an array of { name, state, executedAt }' } })
      .epilogue(
        'Exit codes: 0 all are executed, or wait for a deploy · 1 it could not be found out · 3 some are pending',
      ),
  handler: ({ json }) =>
    withOrm(async (_orm, migrator) => {
      const executed = (await migrator.getExecuted()).map(({ name, executed_at }): MigrationStatus => {
        return { name, state: 'executed', executedAt: executed_at.toISOString() };
      });
      const waiting = new Set((await migrator.getWaiting()).map(({ name }) => name));
      const pending = (await migrator.getPending()).map(({ name }): MigrationStatus => {
        return { name, state: waiting.has(name) ? 'waiting' : 'pending' };
      });
      const all = [...executed, ...pending].sort((a, b) => a.name.localeCompare(b.name));
      printResult(json ? JSON.stringify(all, null, 2) : renderStatus(all));
      process.exitCode = pending.length > waiting.size ? 3 : 0;
    }),
};

function renderStatus(all: readonly MigrationStatus[]): string {
  const width = Math.max(0, ...all.map(({ name }) => name.length));
  const lines = all.map(({ name, state, executedAt = '' }) => {
    return `${name.padEnd(width)}  ${state === 'waiting' ? 'waits for deploy' : state}  ${executedAt}`.trimEnd();
  });
  const count = (state: MigrationStatus['state']): number => all.filter(one => one.state === state).length;
  const [pending, waiting] = [count('pending'), count('waiting')];
  const waits = waiting > 0 ? `, ${waiting} waiting for a deploy` : '';
  const next = pending > 0 ? ' Next: npm run migrate' : waiting > 0 ? ' After it: npm run migrate -- --contract' : '';
  return [...lines, `${count('executed')} executed, ${pending} pending${waits}.${next}`].join('\n');
}
