/** A migration as the source text of its file. Pure. */
import { type Backfill, blocksReads, type Step } from '../plan/plan.ts';
import { renderClassName } from './migration-name.ts';

export interface MigrationSource {
  /** Number and name: `0004_quiz_answers`. */
  readonly recordedName: string;
  readonly purpose: string;
  /** In which order it goes over several tables. */
  readonly order?: string | undefined;
  /** ISO date, `2026-11-23`. */
  readonly date: string;
  /** When to run it, and what running releases notice. */
  readonly deploy?: string | undefined;
  readonly rollback: string;
  /** Of a contract: the name of its expand, or 'release'. */
  readonly contracts?: string | undefined;
  /** What is to stay although no entity describes it any more. */
  readonly keeps?: readonly string[] | undefined;
  /** What running it loses for good. */
  readonly loses?: string | undefined;
  /** A TypeScript file, or JavaScript (an ES module). */
  readonly language: 'ts' | 'js';
  /** What the file imports `OnlineMigration` from. */
  readonly importFrom: string;
  readonly up: readonly StatementSource[];
  /** None where the migration cannot be taken back. */
  readonly down: readonly StatementSource[];
  /** What `down` leaves, and why; then there is a `down` even without statements. */
  readonly left?: readonly string[];
}

/** One statement without its semicolon, and what a reviewer has to know of it. */
export type StatementSource = Pick<Step, 'sql' | 'backfill' | 'assumedSafe' | 'swap'> &
  Partial<Pick<Step, 'locks' | 'transactional' | 'rule' | 'hazards'>>;

export function renderMigration(source: MigrationSource): string {
  const {
    recordedName,
    purpose,
    order,
    date,
    rollback,
    loses,
    deploy,
    language,
    importFrom,
    up,
    down,
    left = [],
  } = source;
  const lines = [
    '/**',
    ` * Migration: ${recordedName}`,
    ...renderField('Purpose', purpose),
    ...(order === undefined ? [] : renderField('Order', order)),
    ` * Date: ${date}`,
    ...(loses === undefined ? [] : renderField('Loses', loses)),
    ...(deploy === undefined ? [] : renderField('Deploy', deploy)),
    ...renderField('Rollback', rollback),
    ' */',
    `import { OnlineMigration } from '${importFrom}';`,
    '',
    `export class ${renderClassName(recordedName)} extends OnlineMigration {`,
    language === 'ts' ? `  override readonly name = '${recordedName}';` : `  name = '${recordedName}';`,
    ...renderContracts(source),
    ...renderKeeps(source),
    '',
    ...renderMethod('up', up, language),
  ];
  if (down.length + left.length > 0) {
    const [signature = '', ...body] = renderMethod('down', down, language);
    lines.push('', signature, ...left.map(line => `    // ${line}`), ...body);
  }
  lines.push('}', '');
  return lines.join('\n');
}

function renderContracts({ contracts, language }: MigrationSource): string[] {
  if (contracts === undefined) {
    return [];
  }
  return [
    `  // it waits until the release is out: npm run migrate -- --contract`,
    `  ${language === 'ts' ? 'override readonly ' : ''}contracts = ${quoteString(contracts)};`,
  ];
}

function renderKeeps({ keeps = [], language }: MigrationSource): string[] {
  if (keeps.length === 0) {
    return [];
  }
  return [
    '  // no entity describes it any more, and it stays: without this line migration:create asks again',
    `  ${language === 'ts' ? 'override readonly ' : ''}keeps = [${keeps.map(quoteString).join(', ')}];`,
  ];
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

function renderMethod(method: 'up' | 'down', statements: readonly StatementSource[], language: 'ts' | 'js'): string[] {
  const signature = language === 'ts' ? `override ${method}(): void` : `${method}()`;
  const body = groupSwaps(statements).flatMap(renderGroup);
  return [`  ${signature} {`, ...(body.length > 0 || method === 'down' ? body : ['    // nothing is changed']), '  }'];
}

/** Statements of one swap that follow each other, and each other statement by itself. */
function groupSwaps(statements: readonly StatementSource[]): [StatementSource, ...StatementSource[]][] {
  const groups: [StatementSource, ...StatementSource[]][] = [];
  for (const statement of statements) {
    const last = groups.at(-1);
    if (statement.swap !== undefined && last?.[0].swap === statement.swap) {
      last.push(statement);
    } else {
      groups.push([statement]);
    }
  }
  return groups;
}

function renderGroup([first, ...more]: readonly [StatementSource, ...StatementSource[]]): string[] {
  if (first.swap === undefined) {
    return renderStatement(first);
  }
  const statements = [first, ...more].flatMap(({ sql, hazards = [] }) => [
    ...hazards.map(line => `      // ${line}`),
    `      ${quoteText(sql)},`,
  ]);
  const locks = [first, ...more].flatMap(statement => statement.locks ?? []).filter(({ mode }) => blocksReads(mode));
  const tables = [...new Set(locks.map(({ table }) => table))];
  const lock = tables.length > 0 ? ` ACCESS EXCLUSIVE on ${tables.join(', ')}, for a moment,` : '';
  return [
    `    // swap:${lock} in one transaction`,
    `    this.swap(${quoteString(first.swap)}, [`,
    ...statements,
    '    ]);',
  ];
}

/** The statement, and above it which lock it takes on what was there before. Backticks keep it as it is. */
function renderStatement(statement: StatementSource): string[] {
  const { sql, backfill, assumedSafe } = statement;
  const why = describeStep(statement).map(line => `    // ${line}`);
  if (backfill) {
    return [...why, ...renderBackfill(backfill)];
  }
  const text = quoteText(breakTable(sql));
  const call = assumedSafe === undefined ? 'addSql' : `assumeSafe`;
  const reason = assumedSafe === undefined ? [] : [quoteText(assumedSafe)];
  const line = `    this.${call}(${[...reason, text].join(', ')});`;
  if (text.includes('\n') || line.length <= LINE_WIDTH) {
    return [...why, line];
  }
  return [...why, `    this.${call}(`, ...[...reason, text].map(argument => `      ${argument},`), '    );'];
}

function describeStep({ locks = [], transactional = true, rule, hazards = [] }: StatementSource): string[] {
  const where = locks.map(({ table, mode }) => `${mode} on ${table}`).join(', ');
  const alone = transactional ? '' : ', outside a transaction';
  return [...(where ? [`${rule}: ${where}${alone}`] : []), ...hazards];
}

function renderBackfill({ table, set, where }: Backfill): string[] {
  const values = Object.entries(set).map(([column, value]) => `${renderKey(column)}: ${quoteString(value)}`);
  const line = `    this.backfill(${quoteString(table)}, { set: { ${values.join(', ')} }, where: ${quoteString(where)} });`;
  return line.length <= LINE_WIDTH
    ? [line]
    : [
        `    this.backfill(${quoteString(table)}, {`,
        `      set: { ${values.join(', ')} },`,
        `      where: ${quoteString(where)},`,
        '    });',
      ];
}

function renderKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoteString(name);
}

/** A string literal as the formatter writes it: single quotes, unless that costs escapes. */
function quoteString(text: string): string {
  return text.includes("'") && !text.includes('"')
    ? JSON.stringify(text)
    : `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function quoteText(text: string): string {
  return `\`${text.replace(/[`\\]|\$(?=\{)/g, '\\$&')}\``;
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
