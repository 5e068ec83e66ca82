import { Factory } from '@mikro-orm/seeder';
import { Achievement, type User } from '../../entities/index.ts';
import { uuidFor } from '../development/determinism.ts';
import type { LearnerStory, LessonStory } from '../development/learner-story.ts';

export interface AchievementInput {
  readonly learner: User;
  readonly story: LearnerStory;
  readonly award: Award;
}

export interface Award {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly awardedAt: Date | undefined;
}

/** The first lesson that was done, and the best one. */
export function awardsOf({ lessons }: LearnerStory): Award[] {
  const done = lessons.filter(lesson => lesson.score !== undefined);
  const best = done.toSorted((one, other) => (other.score ?? 0) - (one.score ?? 0))[0];
  return [
    ...done.slice(0, 1).map(lesson => award('first_lesson', lesson)),
    ...(best ? [award('best_score', best)] : []),
  ];
}

function award(type: string, { id, score, completedAt }: LessonStory): Award {
  return { type, payload: { lesson: id, score }, awardedAt: completedAt };
}

export class AchievementFactory extends Factory<Achievement, AchievementInput> {
  override readonly model = Achievement;

  protected override definition({ learner, story, award }: AchievementInput) {
    return { id: uuidFor(`${story.account.username}/${award.type}`), learner, ...award };
  }
}
