import { defineEntity, p } from '@mikro-orm/core';
import { Lesson } from './lesson.ts';
import { User } from './user.ts';

const QuizAnswerSchema = defineEntity({
  name: 'QuizAnswer',
  tableName: 'quiz_answers',
  indexes: [
    { name: 'idx_learner_answers', properties: ['learner', 'answeredAt'] },
    { name: 'idx_question_hash', properties: ['questionHash'] },
    {
      name: 'idx_quiz_answers_learner_date',
      properties: ['learner', 'answeredAt'],
      columns: [{ name: 'learner_id' }, { name: 'answered_at', sort: 'DESC' }],
    },
  ],
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    learner: () => p.manyToOne(User).fieldName('learner_id').deleteRule('cascade'),
    lesson: () => p.manyToOne(Lesson).fieldName('lesson_id').deleteRule('cascade'),
    questionIndex: p.integer(),
    questionText: p.text(),
    questionHash: p.string().length(64),
    userAnswer: p.integer(),
    correctAnswer: p.integer(),
    isCorrect: p.boolean(),
    conceptTags: p.array().columnType('text[]').nullable(),
    answeredAt: p.datetime().columnType('timestamp').defaultRaw('now()').nullable(),
  },
});

/** One row per answered question; by far the largest table. */
export class QuizAnswer extends QuizAnswerSchema.class {}
QuizAnswerSchema.setClass(QuizAnswer);
