/** The migration for the rest as the source of its file. Pure. */
import { renderClassName } from '../generator/migration-name.ts';
import type { Step } from '../plan/plan.ts';
import type { Mend } from '../proof/plan-mends.ts';

export interface RestSource {
  readonly recordedName: string;
  /** ISO date. */
  readonly date: string;
  readonly importFrom: string;
  readonly language: 'ts' | 'js';
  readonly mends: readonly Mend[];
}

export function renderRest({ recordedName, date, importFrom, language, mends }: RestSource): string {
  const isTyped = language === 'ts';
  const override = isTyped ? 'override ' : '';
  return [
    '/**',
    ` * Migration: ${recordedName}`,
    ' * Purpose: Bring an adopted database to what the migrations before make; elsewhere it is there, and nothing is done',
    ` * Date: ${date}`,
    ' * Rollback: nothing: what it adds belongs to the migrations before, which go back by themselves',
    ' */',
    `import { OnlineMigration } from '${importFrom}';`,
    '',
    `export class ${renderClassName(recordedName)} extends OnlineMigration {`,
    `  ${isTyped ? 'override readonly ' : ''}name = '${recordedName}';`,
    '',
    `  ${override}async up()${isTyped ? ': Promise<void>' : ''} {`,
    ...mends.flatMap(renderMend),
    '  }',
    '',
    `  ${override}down()${isTyped ? ': void' : ''} {`,
    '    // the migrations before take it back',
    '  }',
    '}',
    '',
  ].join('\n');
}

function renderMend({ steps, isThere }: Mend): string[] {
  const indent = isThere === undefined ? '    ' : '      ';
  const lines = steps.flatMap(step => renderStep(step).map(line => `${indent}${line}`));
  return isThere === undefined
    ? lines
    : [`    if ((await this.execute(${template(isThere)})).length === 0) {`, ...lines, '    }'];
}

function renderStep({ rule, locks, sql, backfill }: Step): string[] {
  const lock = locks.map(({ mode, table }) => `${mode} on ${table}`).join(', ');
  const comment = `// ${rule}${lock === '' ? '' : `: ${lock}`}`;
  if (backfill) {
    const { table, set, where } = backfill;
    return [comment, `this.backfill(${template(table)}, ${JSON.stringify({ set, where })});`];
  }
  return [comment, `this.addSql(${template(sql)});`];
}

function template(text: string): string {
  return `\`${text.replace(/[\\`]|\$\{/g, '\\$&')}\``;
}
