import type { Change } from '../statement/change.ts';
import type { Rule } from './rule.ts';

const id = 'unknown-statement';

/** Asked last, and decides everything: a statement that no rule knows does not run on a live database. */
export const unknownStatement: Rule = {
  id,
  title: 'A statement that no rule knows does not run',
  judge({ change }) {
    return {
      kind: 'refuse',
      happens: `What ${describe(change)} locks, reads or rewrites is not known here.`,
      hurts: 'It may block reads and writes of any table it touches for as long as it runs.',
      remedy: [
        "look it up: https://www.postgresql.org/docs/current/explicit-locking.html, and in the statement's own page;",
        "then this.assumeSafe('who looked at what', …) lets it through, and prints the reason when it runs",
      ],
    };
  },
};

function describe(change: Change): string {
  return change.kind === 'other'
    ? `this statement (${change.statement} to PostgreSQL's parser)`
    : change.kind === 'alter table'
      ? `this "alter table" (${change.command} to PostgreSQL's parser)`
      : `"${change.kind}" in this form`;
}
