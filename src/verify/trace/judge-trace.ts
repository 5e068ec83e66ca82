/** What of a trace must not be: more than the plan says, or reads or writes that wait for a whole table. Pure. */
import type { Explanation } from '../../errors.ts';
import { blocksReads, blocksWrites, type LockMode } from '../../plan/plan.ts';
import type { Finding } from '../report.ts';
import { strengthOf } from './relations.ts';
import type { TracedLock, TracedStep } from './traced-step.ts';

/** Steps that a person holds for safe come out as notes: it was decided, and here is what they do. */
export function judgeTrace(migration: string, steps: readonly TracedStep[]): Finding[] {
  return steps.flatMap(step => {
    const problems = [...findBlocking(step), ...findUnclaimed(step)];
    const [first] = problems;
    if (!first) {
      return [];
    }
    const isDecided = step.assumedSafe !== undefined;
    const severity = isDecided ? 'note' : 'failure';
    return [{ check: 'locks', migration, severity, explanation: explain(migration, step, problems) }];
  });
}

interface Problem {
  readonly happens: string;
  readonly hurts: string;
}

function findBlocking({ locks, scanned, rewritten }: TracedStep): Problem[] {
  return locks.flatMap(({ table, mode, isMaterialized }) => {
    const isRead = scanned.includes(table) || rewritten.includes(table);
    const blocks = isMaterialized ? blocksReads : blocksWrites;
    if (mode === undefined || !isRead || !blocks(mode)) {
      return [];
    }
    const what = rewritten.includes(table) ? 'writes the whole table anew' : 'reads the whole table';
    return [{ happens: `It holds ${mode} on ${table} while it ${what}.`, hurts: describeBlocked(table, mode) }];
  });
}

function findUnclaimed({ locks, rewritten, claimsScan }: TracedStep): Problem[] {
  const stronger = locks.flatMap((lock): Problem[] => {
    const { table, mode, claimed } = lock;
    return mode !== undefined && takesMore(lock) && strengthOf(mode) > strengthOf('ROW EXCLUSIVE')
      ? [
          {
            happens: `It takes ${mode} on ${table}; its plan says ${claimed ?? 'nothing of it'}.`,
            hurts: describeBlocked(table, mode),
          },
        ]
      : [];
  });
  const anew = claimsScan ? [] : rewritten;
  return [
    ...stronger,
    ...anew.map(table => ({
      happens: `It writes ${table} anew; its plan does not say so.`,
      hurts: 'It takes as long as the table is large, and as much disk again.',
    })),
  ];
}

/** A lock on the table that a partition is a part of is claimed for it too. */
export function takesMore({ mode, claimed, isPartition }: TracedLock): boolean {
  return strengthOf(mode) > strengthOf(claimed) && !(claimed === undefined && isPartition);
}

function describeBlocked(table: string, mode: LockMode): string {
  if (blocksReads(mode)) {
    return `Every select, insert, update and delete on ${table} waits meanwhile.`;
  }
  return blocksWrites(mode)
    ? `Every insert, update and delete on ${table} waits meanwhile.`
    : `Other changes of ${table}'s schema, and its autovacuum, wait meanwhile.`;
}

function explain(migration: string, step: TracedStep, problems: readonly Problem[]): Explanation {
  const { method, position, sql, rule, assumedSafe } = step;
  return {
    title: `${assumedSafe === undefined ? 'Unsafe lock' : 'Held for safe by a person'}: ${migration}, ${method}, step ${position}`,
    subject: sql,
    happens: [...new Set(problems.map(({ happens }) => happens))].join('\n'),
    hurts: [...new Set(problems.map(({ hurts }) => hurts))].join('\n'),
    remedy:
      assumedSafe === undefined
        ? [
            'Take it apart into statements that docs/hazards.md has a rule for: they keep nobody waiting.',
            "If somebody has looked and it is safe here:  this.assumeSafe('who looked at what', …)",
          ]
        : `Nothing, if this still holds: ${assumedSafe}`,
    reference: `rule ${rule} · docs/verify.md`,
  };
}
