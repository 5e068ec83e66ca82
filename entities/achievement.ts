import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.ts';

const AchievementSchema = defineEntity({
  name: 'Achievement',
  tableName: 'achievements',
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    learner: () => p.manyToOne(User).fieldName('learner_id').deleteRule('cascade'),
    type: p.text(),
    payload: p.json().$type<Record<string, unknown>>().columnType('json').nullable(),
    awardedAt: p.datetime().columnType('timestamp').defaultRaw('now()').nullable(),
  },
});

/** What a learner was awarded. */
export class Achievement extends AchievementSchema.class {}
AchievementSchema.setClass(Achievement);
