import { quoteIdentifier, renderName } from '../statement/change.ts';
import { findTable, online, type Rule, step } from './rule.ts';

const id = 'index-concurrently';

/** A plain `create index` holds a SHARE lock while it builds: no write gets through. H01, H02, H03. */
export const indexConcurrently: Rule = {
  id,
  title: 'An index on an existing table is built concurrently',
  judge({ sql, change }, context) {
    if (change.kind !== 'create index') {
      return undefined;
    }
    const table = renderName(change.table);
    const kind = findTable(change.table, context)?.kind;
    if (kind === 'partitioned' && !change.only) {
      return {
        kind: 'refuse',
        happens: `"${table}" is partitioned, and PostgreSQL builds no index of a partitioned table concurrently.`,
        hurts: 'Every insert, update and delete on all its partitions waits until the build ends.',
        remedy: [
          `create index … on only "${table}" …, which is instant;`,
          'then for each partition: create index concurrently …, and alter index … attach partition …',
        ],
      };
    }
    if (change.only && kind === 'partitioned') {
      return online({ sql, rule: id, locks: [{ table, mode: 'SHARE' }] });
    }
    const concurrent = {
      rule: id,
      locks: [{ table, mode: 'SHARE UPDATE EXCLUSIVE' }],
      transactional: false,
      scans: true,
    } as const;
    const hazards = change.unique ? [`The build fails on duplicate values of ${change.columns.join(', ')}.`] : [];
    if (change.concurrently && change.ifNotExists) {
      return online({ ...concurrent, sql, hazards });
    }
    return {
      kind: 'replace',
      happens: change.concurrently
        ? 'A second run, after one that failed, finds the index already there.'
        : `PostgreSQL holds a SHARE lock on "${table}" while it builds the index.`,
      hurts: change.concurrently
        ? 'The migration cannot go on from where it stopped.'
        : `Every insert, update and delete on "${table}" waits until the build ends.`,
      steps: [step({ ...concurrent, sql: concurrently(sql, change.index), hazards })],
    };
  },
};

/** `create unique index "i" on …` → `create unique index concurrently if not exists "i" on …`, the rest in its own words. */
function concurrently(sql: string, index: string): string {
  const head = /^create\s+(unique\s+)?index\s+(concurrently\s+)?(if\s+not\s+exists\s+)?("(?:[^"]|"")*"|[^\s"]+)/i;
  return sql.replace(
    head,
    (_all, unique = '') => `create ${unique.toLowerCase()}index concurrently if not exists ${quoteIdentifier(index)}`,
  );
}
