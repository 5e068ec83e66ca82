/** What is wrong with the files themselves, and with the records of the database beside them. */
import { basename } from 'node:path';
import { MigrationError } from '../errors.ts';
import { assertHistory, readMigrationFiles } from '../generator/history.ts';
import type { Project } from '../project/project.ts';
import { assertRecords } from '../runner/records/assert-records.ts';
import type { Findings } from '../runner/records/findings.ts';
import { explanationOf } from './explain.ts';
import { findInHeader, type Header } from './header.ts';
import type { Finding } from './report.ts';

/** Numbers that are taken twice, or missing. */
export async function checkNumbering({ discover }: Project): Promise<Finding[]> {
  const found = await discover();
  const files = found.flatMap(({ path }) => (path === undefined ? [] : [basename(path)]));
  return caught('numbering', 'failure', () => assertHistory(readMigrationFiles(files)));
}

/** Migrations edited after they ran; what has run and is missing, or is out of order, a person has to decide on. */
export async function checkRecords(project: Project): Promise<Finding[]> {
  const { late } = await project.gate({});
  const findings = await project.records.find();
  const outOfOrder = findings.outOfOrder.filter(({ name }) => !late.has(name));
  const none: Findings = { ...findings, changed: [], missing: [], outOfOrder: [] };
  const check = (own: Partial<Findings>) => () =>
    assertRecords({ findings: { ...none, ...own }, left: '', env: process.env });
  return [
    ...caught('records', 'failure', check({ changed: findings.changed })),
    ...caught('records', 'decision', check({ missing: findings.missing })),
    ...caught('records', 'decision', check({ outOfOrder })),
  ];
}

function caught(check: Finding['check'], severity: Finding['severity'], work: () => void): Finding[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof MigrationError) {
      return [{ check, severity, explanation: explanationOf(error, check) }];
    }
    throw error;
  }
}

export function checkHeader(name: string, header: Header | undefined): Finding[] {
  const lines = findInHeader(header, name);
  if (lines.length === 0) {
    return [];
  }
  const explanation = {
    title: `The header of ${name} is not complete`,
    subject: lines.join('\n'),
    happens: 'A migration file begins with a comment that says its name, purpose, date and rollback.',
    hurts: 'Who has to decide at night whether to revert it has nothing to go by.',
    remedy: 'npm run migrate:create  writes one;  docs/migrations.md shows how it looks.',
    reference: 'docs/migrations.md',
  };
  return [{ check: 'header', migration: name, severity: 'failure', explanation }];
}
