import { MigrationError } from '../errors.ts';
import type { Refusal } from '../planner/judge-migration.ts';

/**
 * The error for statements that the rules refuse. Exit code 2: a person decides whether to take the online form or to assume
 * that the statement is safe.
 */
export function unsafeMigration(name: string, refusals: readonly Refusal[], statements: number): MigrationError {
  const [first, ...more] = refusals as readonly [Refusal, ...Refusal[]];
  const { verdict, rule } = first;
  return new MigrationError(
    {
      title: `Unsafe migration: ${name}, statement ${first.statement} of ${statements}`,
      subject: first.sql,
      happens: verdict.happens,
      hurts: verdict.hurts,
      remedy: verdict.kind === 'replace' ? verdict.steps.map(({ sql }) => sql) : verdict.remedy,
      left: [
        'Nothing was run.',
        ...more.map(({ statement, rule: id, sql }) => `Statement ${statement} is refused too (${id}): ${sql}`),
      ].join('\n'),
      reference: `rule ${rule} · docs/rules/${rule}.md`,
    },
    { exitCode: 2 },
  );
}
