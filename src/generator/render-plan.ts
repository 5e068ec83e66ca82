/** A plan as text for a terminal. Pure. */
import type { Step } from '../plan/plan.ts';
import type { FilePlan } from '../planner/plan-files.ts';
import { rules } from '../rules/index.ts';

/** Each file of the plan with its steps: SQL, locks, phase, hazards, and the rule that is the reason. */
export function renderPlan(files: readonly FilePlan[]): string {
  return files
    .map((file, index) =>
      [
        `File ${index + 1} of ${files.length}: ${file.role}`,
        ...(file.keeps ? [`     keeps: ${file.keeps.join(', ')}`] : []),
        ...file.up.flatMap(renderStep),
        renderDown(file),
      ].join('\n'),
    )
    .join('\n\n');
}

function renderStep(
  { sql, backfill, assumedSafe, locks, transactional, phase, hazards, rule }: Step,
  index: number,
): string[] {
  const { title } = rules.find(({ id }) => id === rule) ?? {};
  const rows = [
    ['lock', locks.map(({ table, mode }) => `${mode} on ${table}`).join(', ') || 'none on a table that others use'],
    ['phase', `${phase}${backfill ? ', in batches' : transactional ? '' : ', outside a transaction'}`],
    ...hazards.map(hazard => ['hazard', hazard]),
    ...(assumedSafe === undefined ? [] : [['assumed safe', assumedSafe]]),
    ['reason', [rule, ...(title === undefined ? [] : [title])].join(': ')],
  ];
  const [first = '', ...more] = sql.split('\n');
  const number = `${index + 1}.`.padStart(4);
  return [
    `${number} ${first}`,
    ...more.map(line => `     ${line}`),
    ...rows.map(([label = '', text]) => `       ${label.padEnd(13)}${text}`),
  ];
}

function renderDown({ down }: FilePlan): string {
  return down.length === 0 ? '     down: none' : `     down: ${down.length} ${down.length === 1 ? 'step' : 'steps'}`;
}
