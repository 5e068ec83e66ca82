/** Findings where a reviewer on GitHub reads the files. Pure. */
import type { Finding, VerifyReport } from '../report.ts';

/** A line for each finding. https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
export function renderAnnotations({ findings, migrations }: VerifyReport): string[] {
  const files = new Map(migrations.map(({ name, file }) => [name, file]));
  return findings.map(finding => {
    const { severity, migration = '', line, explanation } = finding;
    const command = severity === 'note' ? 'notice' : 'error';
    const file = files.get(migration);
    const properties = [
      ...(file === undefined ? [] : [`file=${escapeProperty(file.replaceAll('\\', '/'))}`]),
      ...(file === undefined || line === undefined ? [] : [`line=${line}`]),
      `title=${escapeProperty(explanation.title)}`,
    ];
    return `::${command} ${properties.join(',')}::${escapeMessage(messageOf(finding))}`;
  });
}

function messageOf({ explanation }: Finding): string {
  const { subject, happens, hurts, remedy } = explanation;
  const lines = typeof remedy === 'string' ? [remedy] : remedy;
  return [subject, happens, hurts, ...lines].filter(Boolean).join('\n');
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
