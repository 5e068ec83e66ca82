import { MigrationError, renderError } from '../errors.ts';
import type { Finding, Severity } from './finding.ts';

/** Each in the three lines of an error, and a sentence with the counts. */
export function renderFindings(findings: readonly Finding[]): string {
  const texts = findings.map(({ severity, ...finding }) => {
    const title = severity === 'advice' ? `Advice: ${finding.title}` : finding.title;
    return `${renderError(new MigrationError({ ...finding, title }))}\n`;
  });
  return [...texts, renderSummary(findings)].join('\n');
}

function renderSummary(findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter(finding => finding.severity === severity).length;
  const advice =
    count('advice') === 0 ? '' : ` (${count('advice')} ${count('advice') === 1 ? 'piece' : 'pieces'} of advice)`;
  const [person, command] = [count('person'), count('do')];
  if (person + command === 0) {
    return `Healthy: all migrations are executed, and the schema is what the entities describe${advice}.`;
  }
  const parts = [
    ...(person > 0 ? [`${person} for a person to decide`] : []),
    ...(command > 0 ? [`${command} with a command to run`] : []),
  ];
  return `Found: ${parts.join(', ')}${advice}. Nothing was changed.`;
}
