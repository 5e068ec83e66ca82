/** A report as a comment for a pull request. Pure. */
import { CHECKS, type Finding, type MigrationProof, type Outcome, type VerifyReport } from '../report.ts';
import { renderCost, renderTracedLocks } from './locks.ts';
import { renderSummary } from './table.ts';

export function renderMarkdown(report: VerifyReport): string {
  const { exitCode, migrations, notReached, findings } = report;
  const title =
    exitCode === 0
      ? 'Migrations: proved'
      : exitCode === 1
        ? 'Migrations: not proved'
        : 'Migrations: a decision is missing';
  const shown = CHECKS.filter(check => migrations.some(({ outcomes }) => outcomes[check] !== 'left out'));
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [
    row(['migration', ...shown, 'rows']),
    row(['---', ...shown.map(() => ':---:'), '---:']),
    ...migrations.map(({ name, outcomes, rows }) =>
      row([`\`${name}\``, ...shown.map(check => OUTCOME[outcomes[check]]), String(rows)]),
    ),
    ...notReached.map(name => row([`\`${name}\``, ...shown.map(() => ''), 'not reached'])),
  ];
  return [
    `### ${title}`,
    '',
    renderSummary(report),
    '',
    ...(migrations.length + notReached.length > 0 ? [...table, ''] : []),
    ...findings.flatMap(renderFinding),
    ...renderLocks(migrations),
  ]
    .join('\n')
    .trimEnd();
}

/** GitHub takes comments of 65,536 characters: the trace of a long history gives way. */
const LONGEST_TRACE = 40_000;

const OUTCOME: Readonly<Record<Outcome, string>> = { proved: 'ok', failed: '**failed**', 'left out': '–' };

function renderFinding({ severity, explanation }: Finding): string[] {
  const { title, subject, happens, hurts, remedy } = explanation;
  const lines = typeof remedy === 'string' ? [remedy] : remedy;
  return [
    `#### ${severity === 'note' ? 'Note: ' : ''}${asText(title)}`,
    '',
    ...(subject ? [...fenced(subject), ''] : []),
    `**What happens**: ${paragraph(happens)}`,
    ...(hurts ? ['', `**Why it hurts**: ${paragraph(hurts)}`] : []),
    '',
    '**What to do**',
    '',
    ...fenced(lines.join('\n')),
    '',
  ];
}

/** A fence that is longer than any in the text. */
function fenced(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [fence, text, fence];
}

function paragraph(text: string): string {
  return asText(text).replaceAll('\n', '  \n');
}

/** What would be read as markup. https://github.github.com/gfm/#backslash-escapes */
function asText(text: string): string {
  return text.replaceAll(/[\\`*_<>|#[\]]/g, '\\$&');
}

function renderLocks(migrations: readonly MigrationProof[]): string[] {
  const rows = migrations.flatMap(({ name, steps }) =>
    steps.map(step => {
      const sql = step.sql.replaceAll(/\s+/g, ' ').replaceAll('`', "'").replaceAll('|', '\\|');
      const short = sql.length > 80 ? `${sql.slice(0, 79)}…` : sql;
      return `| ${name} ${step.method} ${step.position} | \`${short}\` | ${asText(renderTracedLocks(step))} | ${renderCost(step)} |`;
    }),
  );
  const length = rows.reduce((sum, row) => sum + row.length + 1, 0);
  return rows.length === 0 || length > LONGEST_TRACE
    ? []
    : [
        '<details><summary>What each step locked, on tables that were there before</summary>',
        '',
        '| step | statement | locks | ms |',
        '| --- | --- | --- | ---: |',
        ...rows,
        '',
        '</details>',
      ];
}
