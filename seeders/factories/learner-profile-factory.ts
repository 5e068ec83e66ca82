import { Factory } from '@mikro-orm/seeder';
import { LearnerProfile, type User } from '../../entities/index.ts';
import { type LearnerStory, performanceOf, strugglesOf } from '../development/learner-story.ts';
import { joinedAt } from './user-factory.ts';

export interface LearnerProfileInput {
  readonly user: User;
  readonly story: LearnerStory;
}

export class LearnerProfileFactory extends Factory<LearnerProfile, LearnerProfileInput> {
  override readonly model = LearnerProfile;

  protected override definition({ user, story }: LearnerProfileInput) {
    const performance = performanceOf(story);
    const subjects = [...new Set(story.lessons.map(lesson => lesson.topic.subject))];
    return {
      id: `dev-${story.account.username}-profile`,
      user,
      gradeLevel: story.account.grade,
      graph: graphOf(story),
      subjects,
      subjectPerformance: performance,
      recommendedSubjects: subjects.filter(subject => (performance[subject] ?? 0) < 75),
      strugglingAreas: strugglesOf(story),
      createdAt: joinedAt(story.account),
    };
  }
}

/** The knowledge graph: done topics, each leading to the next. */
function graphOf({ lessons }: LearnerStory): Record<string, unknown> {
  const done = lessons.filter(lesson => lesson.score !== undefined).map(lesson => lesson.topic);
  return {
    nodes: done.map(({ id, category }) => ({ id, label: category })),
    edges: done.slice(1).map(({ id }, at) => ({ source: done[at]?.id, target: id })),
  };
}
