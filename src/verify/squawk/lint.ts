/** squawk, a linter that knows PostgreSQL's grammar and has its own opinion of what is safe: https://squawkhq.com */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ListedStatement } from '../../migration.ts';
import { LEFT_OUT } from './left-out.ts';

export interface SqlFile {
  /** What a warning calls it. */
  readonly name: string;
  readonly statements: readonly ListedStatement[];
  /** Major version of the server that it was made for. */
  readonly major: number;
}

export interface Warning {
  readonly file: string;
  readonly rule: string;
  readonly sql: string;
  readonly message: string;
  /** What squawk would have instead; absent where it says nothing. */
  readonly help?: string;
}

/** @param cwd a folder of the project. @returns where its squawk is, undefined where it has none. */
export function findSquawk(cwd: string): string | undefined {
  try {
    return createRequire(join(cwd, 'package.json')).resolve('squawk-cli/js/bin/squawk');
  } catch {
    return undefined;
  }
}

/** What squawk says of the files, one process for those of a major version. @throws Error where it does not run. */
export async function lint(program: string, files: readonly SqlFile[]): Promise<Warning[]> {
  const warnings: Warning[] = [];
  for (const [major, own] of Map.groupBy(files, file => file.major)) {
    warnings.push(...(await lintFor(program, major, own)));
  }
  return warnings;
}

async function lintFor(program: string, major: number, files: readonly SqlFile[]): Promise<Warning[]> {
  const folder = await mkdtemp(join(tmpdir(), 'squawk-'));
  try {
    const texts = files.map(({ statements }) => renderScript(statements));
    const names = files.map((_, index) => `${index}.sql`);
    await Promise.all(texts.map((text, index) => writeFile(join(folder, `${index}.sql`), text)));
    const found = await run(program, names, { cwd: folder, major });
    return found.map(({ file, line, rule_name: rule, message, help }) => {
      const index = Number.parseInt(file, 10);
      const sql = texts[index]?.split('\n')[line] ?? '';
      return { file: files[index]?.name ?? file, rule, sql, message, ...(help ? { help } : {}) };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * As the runner runs it: in transactions, but for what goes alone. squawk looks for them, and for tables that are new in them.
 * Without what a person holds for safe.
 */
function renderScript(statements: readonly ListedStatement[]): string {
  let isOpen = false;
  let script = '';
  for (const { sql, backfill } of statements.filter(({ assumedSafe }) => assumedSafe === undefined)) {
    const alone = backfill !== undefined || /\bconcurrently\b|\bvalidate constraint\b/.test(sql);
    script += alone === isOpen ? (alone ? 'commit;\n' : 'begin;\n') : '';
    script += `${sql};\n`;
    isOpen = !alone;
  }
  return isOpen ? `${script}commit;\n` : script;
}

interface Found {
  readonly file: string;
  readonly line: number;
  readonly rule_name: string;
  readonly message: string;
  readonly help?: string | null;
}

function run(
  program: string,
  paths: readonly string[],
  { cwd, major }: { cwd: string; major: number },
): Promise<Found[]> {
  const options = ['--reporter=json', `--pg-version=${major}.0`, `--exclude=${Object.keys(LEFT_OUT).join(',')}`];
  return new Promise((done, fail) => {
    // it exits with 1 where it warns, with something else where it does not work
    execFile(process.execPath, [program, ...options, ...paths], { cwd, maxBuffer: 2 ** 26 }, (_, stdout, stderr) => {
      try {
        done(JSON.parse(stdout) as Found[]);
      } catch {
        fail(new Error(`squawk does not run: ${stderr || stdout}`));
      }
    });
  });
}
