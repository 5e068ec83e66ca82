import { Factory } from '@mikro-orm/seeder';
import { LearningGoal, type User } from '../../entities/index.ts';
import { uuidFor } from '../development/determinism.ts';
import type { LearnerStory } from '../development/learner-story.ts';
import { joinedAt } from './user-factory.ts';

export interface LearningGoalInput {
  readonly learner: User;
  readonly story: LearnerStory;
  readonly goal: Goal;
}

export interface Goal {
  readonly title: string;
  readonly targetType: string;
  readonly targetValue: number;
  /** How far the learner has come. */
  readonly measure: (story: LearnerStory) => number;
}

const doneLessons = ({ lessons }: LearnerStory) => lessons.filter(lesson => lesson.score !== undefined).length;
const rightAnswers = ({ lessons }: LearnerStory) =>
  lessons.flatMap(lesson => lesson.answers).filter(answer => answer.isRight).length;

/** Of these, everybody has reached the first and nobody the second. */
export const goals: readonly Goal[] = [
  { title: 'Finish three lessons', targetType: 'lessons_completed', targetValue: 3, measure: doneLessons },
  { title: 'Finish ten lessons', targetType: 'lessons_completed', targetValue: 10, measure: doneLessons },
  { title: 'Answer twelve questions right', targetType: 'correct_answers', targetValue: 12, measure: rightAnswers },
];

export class LearningGoalFactory extends Factory<LearningGoal, LearningGoalInput> {
  override readonly model = LearningGoal;

  protected override definition({ learner, story, goal }: LearningGoalInput) {
    const { title, targetType, targetValue, measure } = goal;
    const currentValue = Math.min(measure(story), targetValue);
    return {
      id: uuidFor(`${story.account.username}/${title}`),
      learner,
      title,
      targetType,
      targetValue,
      currentValue,
      isCompleted: currentValue === targetValue,
      createdAt: joinedAt(story.account),
    };
  }
}
