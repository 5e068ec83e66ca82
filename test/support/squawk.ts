/** squawk on files of tests, as `migrate:verify` asks it. */
import { findSquawk, lint as lintWith, type SqlFile } from '../../src/verify/squawk/lint.ts';
import { repository } from './project.ts';

export type { SqlFile };

export interface Warning {
  readonly file: string;
  readonly rule: string;
  readonly sql: string;
}

/** What squawk says of the files. */
export async function lint(files: readonly SqlFile[]): Promise<Warning[]> {
  const program = findSquawk(repository);
  if (program === undefined) {
    throw new Error('squawk is not installed: npm ci');
  }
  return (await lintWith(program, files)).map(({ file, rule, sql }) => ({ file, rule, sql }));
}
