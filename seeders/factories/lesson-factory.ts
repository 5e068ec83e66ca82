import { Factory } from '@mikro-orm/seeder';
import { Lesson, type User } from '../../entities/index.ts';
import type { LessonStory } from '../development/learner-story.ts';

export interface LessonInput {
  readonly learner: User;
  readonly grade: number;
  readonly story: LessonStory;
}

export class LessonFactory extends Factory<Lesson, LessonInput> {
  override readonly model = Lesson;

  protected override definition({ learner, grade, story }: LessonInput) {
    const { id, topic, status, score, createdAt, completedAt } = story;
    return {
      id,
      learner,
      moduleId: topic.id,
      status,
      subject: topic.subject,
      category: topic.category,
      difficulty: grade < 4 ? 'beginner' : grade < 7 ? 'intermediate' : 'advanced',
      imagePaths: [`/images/${topic.id}.svg`],
      spec: { title: topic.category, questions: topic.questions },
      score,
      createdAt,
      completedAt,
    };
  }
}
