import type { CommandModule } from 'yargs';
import { printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

export const command: CommandModule<object, { json?: boolean }> = {
  command: 'migrate:doctor',
  describe: 'Say what is wrong with the database, and what to type',
  builder: args =>
    args
      .options({
        json: { type: 'boolean', describe: 'Print an array of { id, severity, title, happens, hurts, remedy, … }' },
      })
      .epilogue(
        'Changes nothing and waits for nobody, also while another process runs. docs/troubleshooting.md\n' +
          'Exit codes: 0 healthy · 1 it could not look · 2 a person must decide · 3 there is something to do',
      ),
  handler: ({ json }) =>
    withOrm(async (_orm, migrator) => {
      await migrator.assertNumbered();
      const { examine } = await import('../doctor/examine.ts');
      const { exitCodeOfFindings } = await import('../doctor/finding.ts');
      const { renderFindings } = await import('../doctor/render-findings.ts');
      const findings = await examine(await migrator.project());
      printResult(json ? JSON.stringify(findings, null, 2) : renderFindings(findings));
      process.exitCode = exitCodeOfFindings(findings);
    }),
};
