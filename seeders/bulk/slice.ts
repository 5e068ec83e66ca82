/**
 * Bulk data as lines for `copy ... from stdin`, made slice by slice so that memory does not grow with the number of rows.
 * Pure: the same learners and counts give the same lines.
 */

import { hash32, hex32 } from './pseudo-random.ts';
import { type BulkQuestion, bulkQuestions } from './questions.ts';

export const ANSWERS_PER_LEARNER = 500;
export const ANSWERS_PER_LESSON = 20;
export const QUEUED_PER_LEARNER = 2;
export const LEARNERS_PER_SLICE = 200;
export const ANSWERS_PER_SLICE = ANSWERS_PER_LEARNER * LEARNERS_PER_SLICE;

/** A lesson and who is in it. `right` has bit n set where answer n is right. */
export interface BulkLesson {
  readonly id: string;
  readonly learner: number;
  readonly ordinal: number;
  readonly status: 'QUEUED' | 'ACTIVE' | 'DONE';
  readonly answers: number;
  readonly right: number;
}

/** The lessons of `learners` (users.id) that take `answers` answers between them: all DONE but the last one of each, then two QUEUED. */
export function planLessons(learners: readonly number[], answers: number): BulkLesson[] {
  return learners.flatMap((learner, index) =>
    planLearner(learner, Math.min(ANSWERS_PER_LEARNER, answers - index * ANSWERS_PER_LEARNER)),
  );
}

function planLearner(learner: number, answers: number): BulkLesson[] {
  const answered = Math.ceil(answers / ANSWERS_PER_LESSON);
  return Array.from({ length: answered + QUEUED_PER_LEARNER }, (_, ordinal) => ({
    id: `bulk-${learner}-${ordinal}`,
    learner,
    ordinal,
    status: ordinal < answered - 1 ? 'DONE' : ordinal < answered ? 'ACTIVE' : 'QUEUED',
    answers: Math.max(0, Math.min(ANSWERS_PER_LESSON, answers - ordinal * ANSWERS_PER_LESSON)),
    // Two of four are set on average in one number, three of four in the union of two.
    right: (hash32(learner, ordinal) | hash32(ordinal, learner)) & ((1 << ANSWERS_PER_LESSON) - 1),
  }));
}

export const LESSON_COLUMNS =
  'id, learner_id, module_id, status, subject, category, difficulty, score, created_at, completed_at';

const SUBJECTS = ['Math', 'Science', 'Reading', 'History'];
const DIFFICULTIES = ['beginner', 'intermediate', 'advanced'];

export function* renderLessons(lessons: readonly BulkLesson[]): Generator<string> {
  for (const lesson of lessons) {
    const { id, learner, ordinal, status } = lesson;
    const at = startOf(lesson);
    const subject = SUBJECTS[ordinal % SUBJECTS.length];
    const difficulty = DIFFICULTIES[hash32(learner, ordinal + 0x1000) % DIFFICULTIES.length];
    const score = status === 'DONE' ? scoreOf(lesson) : '\\N';
    const completed = status === 'DONE' ? renderTime(at + ANSWERS_PER_LESSON * ANSWER_MS) : '\\N';
    yield `${id}\t${learner}\tbulk-${ordinal}\t${status}\t${subject}\tPractice\t${difficulty}\t${score}\t${renderTime(at)}\t${completed}\n`;
  }
}

/** The share of right answers, in percent. */
function scoreOf({ right, answers }: BulkLesson): number {
  let count = 0;
  for (let bit = 0; bit < answers; bit++) {
    count += (right >>> bit) & 1;
  }
  return Math.round((count * 100) / answers);
}

export const ANSWER_COLUMNS =
  'id, learner_id, lesson_id, question_index, question_text, question_hash, user_answer, correct_answer, is_correct, concept_tags, answered_at';

/** Yields the answers of one lesson at a time: some kilobytes, which is what a write should have. */
export function* renderAnswers(lessons: readonly BulkLesson[]): Generator<{ lines: string; count: number }> {
  for (const lesson of lessons) {
    let lines = '';
    const at = startOf(lesson);
    for (let index = 0; index < lesson.answers; index++) {
      lines += renderAnswer(lesson, index, at + (index + 1) * ANSWER_MS);
    }
    if (lines) {
      yield { lines, count: lesson.answers };
    }
  }
}

function renderAnswer({ id, learner, ordinal, right }: BulkLesson, index: number, at: number): string {
  const number = ordinal * ANSWERS_PER_LESSON + index;
  const random = hash32(learner, number + 0x10000);
  // A lesson asks every learner the same, as its module has it.
  const question = bulkQuestions[number % bulkQuestions.length] as BulkQuestion;
  const correct = (random >>> 10) & 3;
  const isRight = (right >>> index) & 1;
  const chosen = isRight ? correct : (correct + 1 + ((random >>> 12) % 3)) & 3;
  return (
    `${renderId(learner, number, random)}\t${learner}\t${id}\t${index}\t${question.copyFields}\t${chosen}\t${correct}\t` +
    `${isRight ? 't' : 'f'}\t${question.tags}\t${renderTime(at)}\n`
  );
}

/**
 * A UUID of version 8 (made as we like, RFC 9562 section 5.8) of the learner and the number of the answer: no two are the
 * same, and they come in ascending order, which fills the index of the primary key twice as fast as random ones would.
 */
function renderId(learner: number, number: number, random: number): string {
  const [front, back] = [hex32(learner), hex32(random)];
  return `${front}-${hex32(number).slice(4)}-8000-8000-0000${back}`;
}

const FIRST_DAY = Date.UTC(2025, 0, 1, 8);
const DAY_MS = 86_400_000;
const ANSWER_MS = 40_000;

/** One lesson a day, each learner at a time of day of their own. */
function startOf({ learner, ordinal }: BulkLesson): number {
  return FIRST_DAY + ordinal * DAY_MS + (hash32(learner, 0) % 36_000) * 1000;
}

/** For a `timestamp` column, which PostgreSQL fills with what is written and no regard to the zone. */
function renderTime(at: number): string {
  return new Date(at).toISOString();
}
