import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

export const command: CommandModule<object, { json?: boolean }> = {
  command: 'migrate:status',
  describe: 'Show each migration: executed, pending, running, stopped half-way, changed or missing',
  builder: args =>
    args
      .options({ json: { type: 'boolean', describe: 'Print an array of { name, state, … }; docs/migrations.md' } })
      .epilogue(
        'Changes nothing and waits for nobody, also while another process runs.\n' +
          'Exit codes: 0 all executed, or wait for a deploy · 1 not found out · 2 a person must decide · 3 some pending',
      ),
  handler: ({ json }) =>
    withOrm(async (_orm, migrator) => {
      const report = await migrator.status();
      const { exitCodeOfStatus } = await import('../runner/records/status.ts');
      const { renderStatus } = await import('../runner/records/render-status.ts');
      printResult(json ? JSON.stringify(report.migrations, null, 2) : renderStatus(report));
      process.exitCode = exitCodeOfStatus(report.migrations);
      // two files of one number, or a gap, would stop the next run
      await migrator.assertNumbered();
    }),
};
