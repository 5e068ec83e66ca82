import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.ts';

export const LessonStatus = { QUEUED: 'QUEUED', ACTIVE: 'ACTIVE', DONE: 'DONE' } as const;
export type LessonStatus = (typeof LessonStatus)[keyof typeof LessonStatus];

const LessonSchema = defineEntity({
  name: 'Lesson',
  tableName: 'lessons',
  indexes: [
    { name: 'idx_lessons_learner', properties: ['learner'] },
    { name: 'idx_lessons_subject', properties: ['subject'] },
  ],
  checks: [{ name: 'score_range', expression: 'score >= 0 and score <= 100' }],
  uniques: [{ name: 'idx_one_active_per_learner', properties: ['learner'], where: "status = 'ACTIVE'" }],
  properties: {
    id: p.text().primary(),
    learner: () => p.manyToOne(User).fieldName('learner_id').deleteRule('cascade'),
    moduleId: p.text().nullable(),
    status: p
      .enum(() => LessonStatus)
      .nativeEnumName('lesson_status')
      .default(LessonStatus.QUEUED),
    subject: p.text().nullable(),
    category: p.text().nullable(),
    difficulty: p.text().default('beginner').nullable(),
    imagePaths: p.json().$type<string[]>().columnType('json').nullable(),
    spec: p.json().$type<Record<string, unknown>>().columnType('json').nullable(),
    score: p.bigint('number').nullable(),
    createdAt: p.datetime().columnType('timestamp').defaultRaw('now()').nullable(),
    completedAt: p.datetime().columnType('timestamp').nullable(),
  },
});

/** One lesson of a learner, from the queue to its score. */
export class Lesson extends LessonSchema.class {}
LessonSchema.setClass(Lesson);
