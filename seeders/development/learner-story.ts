/** What each learner of the development data has done so far. Pure: the same account gives the same story. */
import { LessonStatus } from '../../entities/index.ts';
import type { LearnerAccount } from './accounts.ts';
import { type Question, type Topic, topics } from './curriculum.ts';
import { DAY, fakerFor, minutesBefore } from './determinism.ts';

export interface AnswerStory {
  readonly key: string;
  readonly index: number;
  readonly question: Question;
  readonly chosen: number;
  readonly isRight: boolean;
  readonly at: Date;
}

export interface LessonStory {
  readonly id: string;
  readonly topic: Topic;
  readonly status: LessonStatus;
  readonly createdAt: Date;
  /** Those of DONE lessons only. */
  readonly answers: readonly AnswerStory[];
  readonly score?: number;
  readonly completedAt?: Date;
}

export interface LearnerStory {
  readonly account: LearnerAccount;
  readonly lessons: readonly LessonStory[];
}

/** Four lessons are done; then one is active, unless this learner is between two lessons; the rest is queued. */
export function tellStory(account: LearnerAccount): LearnerStory {
  const isBetweenLessons = account.username === 'sam';
  const lessons = topics.map((_, ordinal) => {
    const status =
      ordinal < 4 ? LessonStatus.DONE : ordinal === 4 && !isBetweenLessons ? LessonStatus.ACTIVE : LessonStatus.QUEUED;
    return tellLesson(account, ordinal, status);
  });
  return { account, lessons };
}

/** Everybody begins with another topic, a day or two apart, the last lessons a day before the reference date. */
function tellLesson(account: LearnerAccount, ordinal: number, status: LessonStatus): LessonStory {
  const id = `dev-${account.username}-lesson-${ordinal + 1}`;
  const topic = topics[(ordinal + account.id) % topics.length] as Topic;
  const startedBefore = (topics.length - ordinal) * 2 * DAY - fakerFor(id).number.int({ min: 0, max: DAY });
  const lesson = { id, topic, status, createdAt: minutesBefore(startedBefore) };
  if (status !== LessonStatus.DONE) {
    return { ...lesson, answers: [] };
  }
  const answers = topic.questions.map((question, index) =>
    tellAnswer(
      { key: `${id}/answer-${index + 1}`, index, question, at: minutesBefore(startedBefore - 2 * (index + 1)) },
      account.skill,
    ),
  );
  const right = answers.filter(answer => answer.isRight).length;
  return { ...lesson, answers, score: Math.round((right * 100) / answers.length), completedAt: answers.at(-1)?.at };
}

function tellAnswer(asked: Pick<AnswerStory, 'key' | 'index' | 'question' | 'at'>, skill: number): AnswerStory {
  const faker = fakerFor(asked.key);
  const { answer, options } = asked.question;
  const isRight = faker.datatype.boolean({ probability: skill });
  const chosen = isRight ? answer : (answer + faker.number.int({ min: 1, max: options.length - 1 })) % options.length;
  return { ...asked, chosen, isRight };
}

/** Mean score of the done lessons, by subject. */
export function performanceOf({ lessons }: LearnerStory): Record<string, number> {
  const done = lessons.filter(lesson => lesson.score !== undefined);
  const bySubject = Object.groupBy(done, lesson => lesson.topic.subject);
  return Object.fromEntries(
    Object.entries(bySubject).map(([subject, of = []]) => {
      const sum = of.reduce((total, lesson) => total + (lesson.score ?? 0), 0);
      return [subject, Math.round(sum / of.length)];
    }),
  );
}

/** The concepts of wrongly answered questions, each once. */
export function strugglesOf({ lessons }: LearnerStory): string[] {
  const wrong = lessons.flatMap(lesson => lesson.answers).filter(answer => !answer.isRight);
  return [...new Set(wrong.flatMap(answer => answer.question.concepts))].sort();
}
