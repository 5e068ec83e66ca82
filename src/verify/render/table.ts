/** A report for people. Pure. */
import { ExplainedError, renderError } from '../../errors.ts';
import { CHECKS, type Finding, type MigrationProof, type Outcome, type VerifyReport } from '../report.ts';

export function renderTable(report: VerifyReport): string {
  const { migrations, notReached, findings } = report;
  const width = Math.max(9, ...[...migrations.map(({ name }) => name), ...notReached].map(name => name.length));
  const shown = CHECKS.filter(check => migrations.some(({ outcomes }) => outcomes[check] !== 'left out'));
  const head = [
    'migration'.padEnd(width),
    ...shown.map(check => check.padEnd(COLUMN)),
    'rows'.padStart(8),
    'ms'.padStart(7),
  ];
  const line = ({ name, outcomes, rows, durationMs }: MigrationProof): string =>
    [
      name.padEnd(width),
      ...shown.map(check => OUTCOME[outcomes[check]].padEnd(COLUMN)),
      String(rows).padStart(8),
      String(durationMs).padStart(7),
    ].join('  ');
  const lines = [
    ...(migrations.length > 0 ? [head.join('  '), ...migrations.map(line)] : []),
    ...notReached.map(name => `${name.padEnd(width)}  not reached`),
    ...findings.flatMap(finding => ['', renderFinding(finding)]),
  ];
  return [...lines, ...(lines.length > 0 ? [''] : []), renderSummary(report)].join('\n');
}

const COLUMN = 6;

const OUTCOME: Readonly<Record<Outcome, string>> = { proved: 'ok', failed: 'FAILED', 'left out': '-' };

export function renderFinding({ severity, explanation }: Finding): string {
  const title = severity === 'note' ? `Note: ${explanation.title}` : explanation.title;
  return renderError(new ExplainedError({ ...explanation, title }));
}

/** One sentence with counts, and what comes next. */
export function renderSummary({
  exitCode,
  migrations,
  notReached,
  findings,
  postgres,
  durationMs,
}: VerifyReport): string {
  const count = (number: number, one: string): string => `${number} ${number === 1 ? one : `${one}s`}`;
  const of = `on PostgreSQL ${postgres} in ${(durationMs / 1000).toFixed(1)} s`;
  const failures = findings.filter(({ severity }) => severity === 'failure').length;
  const left = notReached.length > 0 ? `, ${notReached.length} not reached` : '';
  switch (exitCode) {
    case 0:
      return migrations.length === 0
        ? `No migration is pending, and the entities are what the migrations make (${of}). All of them: npm run migrate:verify -- --all`
        : `Proved: ${count(migrations.length, 'migration')} ${of}.`;
    case 1:
      return `Not proved: ${count(failures, 'finding')} about ${count(migrations.length, 'migration')}${left}, ${of}.`;
    case 2:
      return `A person must decide, see above; ${count(migrations.length, 'migration')} ${of}.`;
    default: {
      const never: never = exitCode;
      return never;
    }
  }
}
