/** Tables in partitions that an entity lists. */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { AcceptanceCase } from './harness.ts';

const parents = defineEntity({
  name: 'Parent',
  tableName: 'parents',
  properties: { id: p.integer().primary().autoincrement(false) },
});

/** Partitions by year, with an index, a check and a foreign key. */
const answers = (years: readonly string[]) =>
  defineEntity({
    name: 'Answer',
    tableName: 'answers',
    properties: {
      id: p.integer().primary(),
      at: p.date().primary(),
      parent: () => p.manyToOne(parents).nullable().index('answers_parent'),
    },
    checks: [{ name: 'answers_id', expression: 'id > 0' }],
    partitionBy: {
      type: 'range',
      expression: 'at',
      partitions: years.map(year => ({
        name: `answers_${year}`,
        values: `from ('${year}-01-01') to ('${Number(year) + 1}-01-01')`,
      })),
    },
  } as never);

export const partitionCases = [
  {
    name: 'a partition that comes',
    rows: `insert into parents values (1); insert into answers (id, at, parent_id) select n, '2025-01-01', 1 from generate_series(1, 50) n`,
    steps: [
      'create table "answers_2026" (like "answers" including all excluding identity)',
      'alter table "answers" attach partition "answers_2026" FOR VALUES FROM',
    ],
    before: [parents, answers(['2025'])],
    after: [parents, answers(['2025', '2026'])],
  },
] as unknown as readonly AcceptanceCase[];
