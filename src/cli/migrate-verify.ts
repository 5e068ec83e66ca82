import type { CommandModule } from 'yargs';
import { SettingsError } from '../errors.ts';
import { printProgress, printResult } from '../terminal/terminal.ts';
import type { VerifyReport } from '../verify/report.ts';
import { withOrm } from './orm.ts';

interface Arguments {
  all?: boolean;
  rows?: number;
  crash?: boolean;
  locks?: boolean;
  json?: boolean;
  markdown?: boolean;
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
        locks: { type: 'boolean', describe: 'Show what each step locked, read and wrote anew' },
        json: { type: 'boolean', describe: 'Print the report as JSON' },
        markdown: { type: 'boolean', conflicts: 'json', describe: 'Print it as a comment for a pull request' },
        'one-way': { type: 'string', requiresArg: true, describe: 'These, separated by commas, have no way back' },
      })
      .epilogue('Exit codes: 0 proved · 1 not proved · 2 a person must decide'),
  handler: args => {
    const { all = false, rows = 1000, crash = false, oneWay = '' } = args;
    assertRows(rows);
    return withOrm(async (_orm, migrator) => {
      const { verifyMigrations } = await import('../verify/verify.ts');
      const report = await verifyMigrations(await migrator.project(), {
        all,
        rows,
        crash,
        oneWay: oneWay.split(/[, ]+/).filter(name => name !== ''),
        onBegin: name => printProgress(`proving ${name}`),
      });
      printResult(await render(report, args));
      if (process.env.GITHUB_ACTIONS === 'true') {
        const { renderAnnotations } = await import('../verify/render/annotations.ts');
        // GitHub reads them on both streams, and `--json` stays clean
        renderAnnotations(report).forEach(printProgress);
      }
      process.exitCode = report.exitCode;
    });
  },
};

async function render(report: VerifyReport, { json, markdown, locks }: Arguments): Promise<string> {
  if (json) {
    return JSON.stringify(report, null, 2);
  }
  if (markdown) {
    const { renderMarkdown } = await import('../verify/render/markdown.ts');
    return renderMarkdown(report);
  }
  const [{ renderTable }, { renderLockTrace }] = await Promise.all([
    import('../verify/render/table.ts'),
    import('../verify/render/locks.ts'),
  ]);
  return [...(locks ? [renderLockTrace(report.migrations), ''] : []), renderTable(report)].join('\n');
}

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
