import type { CommandModule } from 'yargs';
import { SettingsError } from '../errors.ts';
import { printProgress, printResult } from '../terminal/terminal.ts';
import { withOrm } from './orm.ts';

interface Arguments {
  all?: boolean;
  rows?: number;
  crash?: boolean;
  json?: boolean;
  oneWay?: string;
}

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:verify',
  describe: 'Prove the pending migrations on a shadow database with rows: up, down, up again',
  builder: args =>
    args
      .options({
        all: { type: 'boolean', describe: 'All migrations, not only the pending ones' },
        rows: { type: 'number', default: 1000, requiresArg: true, describe: 'Made for each table' },
        crash: { type: 'boolean', describe: 'Kill them after every step too, and go on' },
        json: { type: 'boolean', describe: 'Print the report as JSON' },
        'one-way': { type: 'string', requiresArg: true, describe: 'These, separated by commas, have no way back' },
      })
      .epilogue('Exit codes: 0 proved · 1 not proved · 2 a person must decide'),
  handler: ({ all = false, rows = 1000, crash = false, json = false, oneWay = '' }) => {
    assertRows(rows);
    return withOrm(async (_orm, migrator) => {
      const [{ verifyMigrations }, { renderTable }] = await Promise.all([
        import('../verify/verify.ts'),
        import('../verify/render/table.ts'),
      ]);
      const onBegin = (name: string): void => printProgress(`proving ${name}`);
      const report = await verifyMigrations(await migrator.project(), {
        all,
        rows,
        crash,
        oneWay: oneWay.split(/[, ]+/).filter(name => name !== ''),
        onBegin,
      });
      printResult(json ? JSON.stringify(report, null, 2) : renderTable(report));
      process.exitCode = report.exitCode;
    });
  },
};

function assertRows(rows: number): void {
  if (!Number.isInteger(rows) || rows < 0) {
    throw new SettingsError({
      title: 'Cannot read --rows',
      happens: `It is ${rows}, and no number of rows.`,
      remedy: '--rows 1000, or 0 for a proof without rows.',
      left: 'Nothing was done.',
    });
  }
}
