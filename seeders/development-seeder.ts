import { type EntityClass, type FilterQuery, IsolationLevel } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Seeder } from '@mikro-orm/seeder';
import {
  Achievement,
  LearnerProfile,
  LearningGoal,
  Lesson,
  LessonStatus,
  QuizAnswer,
  type User,
} from '../entities/index.ts';
import { printResult } from '../src/terminal/terminal.ts';
import { learners, renderSignIns } from './development/accounts.ts';
import { type EnsuredUsers, ensureUsers } from './development/ensure-users.ts';
import { type LearnerStory, tellStory } from './development/learner-story.ts';
import { AchievementFactory, awardsOf } from './factories/achievement-factory.ts';
import { LearnerProfileFactory } from './factories/learner-profile-factory.ts';
import { goals, LearningGoalFactory } from './factories/learning-goal-factory.ts';
import { LessonFactory } from './factories/lesson-factory.ts';
import { QuizAnswerFactory } from './factories/quiz-answer-factory.ts';

/** Any number that nobody else locks. */
const LOCK = 7_365_656_473;

/**
 * The development data: a small school with the same people, lessons and answers in every database. Adds what is missing and
 * touches nothing that is there, so that it can run at any time; one transaction, so that nothing half is left.
 */
export class DevelopmentSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    const { users, added } = await em.transactional(
      async tx => {
        // The second of two seeders waits here, then finds everything. Read committed, whatever the server's default, so
        // that it sees what the first has added.
        await tx.execute('select pg_advisory_xact_lock(?)', [LOCK]);
        return await addMissing(tx);
      },
      { isolationLevel: IsolationLevel.READ_COMMITTED },
    );
    printResult(`Development data: ${added === 0 ? 'all of it was there, nothing added.' : `${added} rows added.`}`);
    printResult('Sign-ins:');
    renderSignIns(users).forEach(printResult);
  }
}

async function addMissing(em: EntityManager): Promise<EnsuredUsers> {
  const { users, added } = await ensureUsers(em);
  let sum = added;
  for (const account of learners) {
    sum += await addLearner(em, users.get(account) as User, tellStory(account));
  }
  return { users, added: sum };
}

/** What one learner has. Lessons are flushed first, because answers refer to them, new or not. */
async function addLearner(em: EntityManager, user: User, story: LearnerStory): Promise<number> {
  let added = await addProfile(em, user, story);
  added += await addLessons(em, user, story);
  await em.flush();
  added += await addAnswers(em, user, story);
  const factory = new LearningGoalFactory(em);
  added += await persistMissing(
    em,
    LearningGoal,
    goals.map(goal => factory.makeEntity({ learner: user, story, goal })),
  );
  const awards = new AchievementFactory(em);
  added += await persistMissing(
    em,
    Achievement,
    awardsOf(story).map(award => awards.makeEntity({ learner: user, story, award })),
  );
  await em.flush();
  return added;
}

async function addProfile(em: EntityManager, user: User, story: LearnerStory): Promise<number> {
  if ((await em.count(LearnerProfile, { user })) > 0) {
    return 0;
  }
  return await persistMissing(em, LearnerProfile, [new LearnerProfileFactory(em).makeEntity({ user, story })]);
}

async function addLessons(em: EntityManager, learner: User, { account, lessons }: LearnerStory): Promise<number> {
  const factory = new LessonFactory(em);
  const planned = lessons.map(story => factory.makeEntity({ learner, grade: account.grade, story }));
  // At most one may be active: one that a developer has begun goes before ours.
  const hasActive = (await em.count(Lesson, { learner, status: LessonStatus.ACTIVE })) > 0;
  return await persistMissing(
    em,
    Lesson,
    planned.filter(lesson => !(hasActive && lesson.status === LessonStatus.ACTIVE)),
  );
}

async function addAnswers(em: EntityManager, learner: User, { lessons }: LearnerStory): Promise<number> {
  const factory = new QuizAnswerFactory(em);
  const planned = lessons.flatMap(({ id, answers }) => {
    const lesson = em.getReference(Lesson, id);
    return answers.map(story => factory.makeEntity({ learner, lesson, story }));
  });
  return await persistMissing(em, QuizAnswer, planned);
}

/** Persists those of `entities` whose id is not in the database yet, and gives their number. */
async function persistMissing<T extends { id: string }>(
  em: EntityManager,
  entityClass: EntityClass<T>,
  entities: readonly T[],
): Promise<number> {
  const where = { id: { $in: entities.map(entity => entity.id) } } as unknown as FilterQuery<T>;
  const there = new Set((await em.find(entityClass, where, { disableIdentityMap: true })).map(entity => entity.id));
  const missing = entities.filter(entity => !there.has(entity.id));
  em.persist(missing);
  return missing.length;
}
