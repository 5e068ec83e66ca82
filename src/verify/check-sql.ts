import type { ListedStatement } from '../migration.ts';
import type { Finding } from './report.ts';
import { findSquawk, lint, type SqlFile } from './squawk/lint.ts';

export interface ProvedSql {
  readonly name: string;
  readonly up: readonly ListedStatement[];
  readonly down: readonly ListedStatement[];
}

export interface SqlCheck {
  readonly findings: readonly Finding[];
  /** False where the project has no squawk. */
  readonly isDone: boolean;
}

/** @param cwd a folder of the project, which has squawk or not. @param postgres the major version it is meant for. */
export async function checkSql(
  migrations: readonly ProvedSql[],
  { cwd, postgres }: { cwd: string; postgres: number },
): Promise<SqlCheck> {
  const program = findSquawk(cwd);
  if (program === undefined) {
    return { isDone: false, findings: [NOT_INSTALLED] };
  }
  if (migrations.length === 0) {
    return { isDone: true, findings: [] };
  }
  const files = migrations.flatMap(({ name, up, down }): SqlFile[] => [
    { name: `${name}/up`, statements: up, major: postgres },
    { name: `${name}/down`, statements: down, major: postgres },
  ]);
  const warnings = await lint(program, files);
  const findings = warnings.map(({ file, rule, sql, message, help }): Finding => {
    const [migration = '', method] = file.split('/');
    const explanation = {
      title: `squawk warns: ${migration}, ${method}`,
      subject: sql,
      happens: message,
      remedy: help ?? `https://squawkhq.com/docs/${rule}`,
      reference: `squawk ${rule} · docs/verify.md`,
    };
    return { check: 'squawk', migration, severity: 'failure', explanation };
  });
  return { isDone: true, findings };
}

const NOT_INSTALLED: Finding = {
  check: 'squawk',
  severity: 'note',
  explanation: {
    title: 'squawk is not installed, skipped',
    happens: 'The SQL was not put to it.',
    remedy: 'npm install --save-dev squawk-cli',
    reference: 'docs/verify.md',
  },
};
