import { createHash } from 'node:crypto';
import { Factory } from '@mikro-orm/seeder';
import { type Lesson, QuizAnswer, type User } from '../../entities/index.ts';
import { uuidFor } from '../development/determinism.ts';
import type { AnswerStory } from '../development/learner-story.ts';

export interface QuizAnswerInput {
  readonly learner: User;
  readonly lesson: Lesson;
  readonly story: AnswerStory;
}

export class QuizAnswerFactory extends Factory<QuizAnswer, QuizAnswerInput> {
  override readonly model = QuizAnswer;

  protected override definition({ learner, lesson, story }: QuizAnswerInput) {
    const { key, index, question, chosen, isRight, at } = story;
    return {
      id: uuidFor(key),
      learner,
      lesson,
      questionIndex: index,
      questionText: question.text,
      questionHash: createHash('sha256').update(question.text).digest('hex'),
      userAnswer: chosen,
      correctAnswer: question.answer,
      isCorrect: isRight,
      conceptTags: [...question.concepts],
      answeredAt: at,
    };
  }
}
