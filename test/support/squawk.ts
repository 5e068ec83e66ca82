/** squawk, a linter that knows PostgreSQL's grammar and has its own opinion of what is safe: https://squawkhq.com */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ListedStatement } from '../../src/migration.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Rules that are left out, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'require-lock-timeout': 'the runner sets one in the transaction of each step, not the file',
  'require-statement-timeout': 'a statement that takes long holds no lock that others wait for',
  'prefer-robust-stmts': 'outside transactions it asks for more than `validate constraint` has; that may run twice',
  'prefer-bigint-over-int': 'the entity chose the type; on a new table no type is a hazard',
  'prefer-timestamp-tz': 'the same',
  'prefer-text-field': 'the same; and a longer varchar rewrites nothing',
  'prefer-identity': 'the same; serial is what MikroORM makes',
  'changing-column-type': 'rule column-type lets only through what rewrites nothing, which squawk cannot know',
  'renaming-column': 'a person decided it (--rename)',
  'ban-drop-table': 'a person decided it (--drop), or it is the way back of a new table',
  'ban-drop-column': 'the same, of a column',
  'ban-drop-not-null': 'it loosens: no row can be against it, and it takes no time',
};

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
}

/** What squawk says of the files, one process for those of a major version. */
export async function lint(files: readonly SqlFile[]): Promise<Warning[]> {
  const warnings: Warning[] = [];
  for (const [major, own] of Map.groupBy(files, file => file.major)) {
    warnings.push(...(await lintFor(major, own)));
  }
  return warnings;
}

async function lintFor(major: number, files: readonly SqlFile[]): Promise<Warning[]> {
  using folder = temporaryFolder();
  const texts = files.map(({ statements }) => renderScript(statements));
  const names = files.map((_, index) => `${index}.sql`);
  await Promise.all(texts.map((text, index) => writeFile(join(folder.path, `${index}.sql`), text)));
  const found = await runSquawk(names, { cwd: folder.path, major });
  return found.map(({ file, line, rule_name: rule }) => {
    const index = Number.parseInt(file, 10);
    return { file: files[index]?.name ?? file, rule, sql: texts[index]?.split('\n')[line] ?? '' };
  });
}

/** As the runner runs it: in transactions, but for what goes alone. squawk looks for them, and for tables that are new in them. */
function renderScript(statements: readonly ListedStatement[]): string {
  let isOpen = false;
  let script = '';
  for (const { sql, backfill } of statements) {
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
}

function runSquawk(paths: readonly string[], { cwd, major }: { cwd: string; major: number }): Promise<Found[]> {
  const program = createRequire(import.meta.url).resolve('squawk-cli/js/bin/squawk');
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
