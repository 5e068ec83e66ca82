import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.ts';

const LearnerProfileSchema = defineEntity({
  name: 'LearnerProfile',
  tableName: 'learner_profiles',
  properties: {
    id: p.text().primary(),
    user: () => p.manyToOne(User).fieldName('user_id').deleteRule('cascade'),
    gradeLevel: p.integer(),
    graph: p.json().$type<Record<string, unknown>>().columnType('json').nullable(),
    subjects: p.json().$type<string[]>().columnType('json').default('["Math", "Science"]').nullable(),
    subjectPerformance: p.json().$type<Record<string, number>>().columnType('json').default('{}').nullable(),
    recommendedSubjects: p.json().$type<string[]>().columnType('json').default('[]').nullable(),
    strugglingAreas: p.json().$type<string[]>().columnType('json').default('[]').nullable(),
    createdAt: p.datetime().columnType('timestamp').defaultRaw('now()').nullable(),
  },
});

/** What adaptive teaching knows of a learner. */
export class LearnerProfile extends LearnerProfileSchema.class {}
LearnerProfileSchema.setClass(LearnerProfile);
