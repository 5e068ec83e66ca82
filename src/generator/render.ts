/** A migration as the source text of its file. Pure. */
import { renderClassName } from './migration-name.ts';

export interface MigrationSource {
  /** Number and name: `0004_quiz_answers`. */
  readonly recordedName: string;
  readonly purpose: string;
  /** ISO date, `2026-11-23`. */
  readonly date: string;
  readonly rollback: string;
  /** What the file imports `OnlineMigration` from. */
  readonly importFrom: string;
  /** Statements without semicolons; an empty string is a blank line between groups. */
  readonly up: readonly string[];
  /** None where the migration cannot be taken back. */
  readonly down: readonly string[];
}

export function renderMigration(source: MigrationSource): string {
  const { recordedName, purpose, date, rollback, importFrom, up, down } = source;
  const lines = [
    '/**',
    ` * Migration: ${recordedName}`,
    ...renderField('Purpose', purpose),
    ` * Date: ${date}`,
    ...renderField('Rollback', rollback),
    ' */',
    `import { OnlineMigration } from '${importFrom}';`,
    '',
    `export class ${renderClassName(recordedName)} extends OnlineMigration {`,
    `  override readonly name = '${recordedName}';`,
    '',
    ...renderMethod('up', up),
  ];
  if (down.length > 0) {
    lines.push('', ...renderMethod('down', down));
  }
  lines.push('}', '');
  return lines.join('\n');
}

const LINE_WIDTH = 120;

function renderField(label: string, text: string): string[] {
  const words = `${label}: ${text.replace(/\s+/g, ' ').replaceAll('*/', '* /').trim()}`.split(' ');
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= LINE_WIDTH) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else {
      lines.push(line === undefined ? ` * ${word}` : ` *   ${word}`);
    }
  }
  return lines;
}

function renderMethod(method: 'up' | 'down', statements: readonly string[]): string[] {
  return [`  override ${method}(): void {`, ...statements.map(renderStatement), '  }'];
}

/** Backticks keep multi-line statements and both kinds of quotes as they are. */
function renderStatement(sql: string): string {
  return sql === '' ? '' : `    this.addSql(\`${sql.replace(/[`\\]|\$(?=\{)/g, '\\$&')}\`);`;
}
