import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.ts';

const LearningGoalSchema = defineEntity({
  name: 'LearningGoal',
  tableName: 'learning_goals',
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    learner: () => p.manyToOne(User).fieldName('learner_id').deleteRule('cascade'),
    title: p.text(),
    targetType: p.text(),
    targetValue: p.integer(),
    currentValue: p.integer().default(0).nullable(),
    isCompleted: p.boolean().default(false).nullable(),
    createdAt: p.datetime().columnType('timestamp').defaultRaw('now()').nullable(),
  },
});

/** A goal that a learner works towards. */
export class LearningGoal extends LearningGoalSchema.class {}
LearningGoalSchema.setClass(LearningGoal);
