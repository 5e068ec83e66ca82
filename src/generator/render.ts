/** A migration as the source text of its file. Pure. */
import { renderClassName } from './migration-name.ts';

export interface MigrationSource {
  /** Number and name: `0004_quiz_answers`. */
  readonly recordedName: string;
  readonly purpose: string;
  /** ISO date, `2026-11-23`. */
  readonly date: string;
  readonly rollback: string;
  /** A TypeScript file, or JavaScript (an ES module). */
  readonly language: 'ts' | 'js';
  /** What the file imports `OnlineMigration` from. */
  readonly importFrom: string;
  /** Statements without semicolons. */
  readonly up: readonly string[];
  /** None where the migration cannot be taken back. */
  readonly down: readonly string[];
}

export function renderMigration(source: MigrationSource): string {
  const { recordedName, purpose, date, rollback, language, importFrom, up, down } = source;
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
    language === 'ts' ? `  override readonly name = '${recordedName}';` : `  name = '${recordedName}';`,
    '',
    ...renderMethod('up', up, language),
  ];
  if (down.length > 0) {
    lines.push('', ...renderMethod('down', down, language));
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

function renderMethod(method: 'up' | 'down', statements: readonly string[], language: 'ts' | 'js'): string[] {
  const signature = language === 'ts' ? `override ${method}(): void` : `${method}()`;
  return [`  ${signature} {`, ...statements.map(renderStatement), '  }'];
}

/** Backticks keep multi-line statements and both kinds of quotes as they are. */
function renderStatement(sql: string): string {
  const text = `\`${breakTable(sql).replace(/[`\\]|\$(?=\{)/g, '\\$&')}\``;
  const line = `    this.addSql(${text});`;
  return text.includes('\n') || line.length <= LINE_WIDTH ? line : `    this.addSql(\n      ${text},\n    );`;
}

/** A long `create table` on one line cannot be reviewed: each of its columns gets a line. Other statements stay as they are. */
function breakTable(sql: string): string {
  const open = sql.indexOf('(');
  if (sql.length <= LINE_WIDTH - 20 || !/^create table /i.test(sql) || sql.includes('\n')) {
    return sql;
  }
  const parts = splitList(sql.slice(open + 1));
  const [last = '', ...rest] = parts.toReversed();
  const lines = [...rest.toReversed().map(part => `${part.trim()},`), last.trim()].map(part => `      ${part}`);
  return `${sql.slice(0, open)}(\n${lines.join('\n')}`.replace(/\)([^)]*)$/, '\n    )$1');
}

/** Splits at the commas that stand neither in parentheses nor in quotes. */
function splitList(text: string): string[] {
  const parts = [''];
  let depth = 0;
  let quote = '';
  for (const character of text) {
    if (quote) {
      quote = character === quote ? '' : quote;
    } else if (character === "'" || character === '"') {
      quote = character;
    } else if (character === '(') {
      depth++;
    } else if (character === ')') {
      depth--;
    }
    if (character === ',' && depth === 0 && !quote) {
      parts.push('');
    } else {
      parts[parts.length - 1] += character;
    }
  }
  return parts;
}
