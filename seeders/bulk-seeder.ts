import type { EntityManager } from '@mikro-orm/postgresql';
import { Seeder } from '@mikro-orm/seeder';
import type { ClientBase, Pool } from 'pg';
import { type Advance, renderCount, withProgressBar } from '../src/terminal/progress-bar.ts';
import { printResult } from '../src/terminal/terminal.ts';
import { drawLearnerIds, insertLearners } from './bulk/accounts.ts';
import { copyLines, withoutKeyChecks } from './bulk/copy.ts';
import { readRowCount } from './bulk/row-count.ts';
import * as slice from './bulk/slice.ts';
import { withTransactions } from './bulk/transactions.ts';

/** The server is busier than we are, with one processor for each connection. */
const CONNECTIONS = 2;

/**
 * Quiz answers by the million, for load tests, with learners and lessons of their own. Each run adds as many again. All of it
 * is committed at the end: a run that fails or is killed leaves nothing.
 */
export class BulkSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    const rows = readRowCount(process.env.SEED_ROWS);
    const pool: Pool = await em.getConnection().getNativeClient();
    const startedAt = performance.now();
    const made = await withProgressBar({ title: 'Quiz answers', unit: 'rows', total: rows }, advance =>
      insertAll(pool, rows, advance),
    );
    const seconds = (performance.now() - startedAt) / 1000;
    // After the commit, when it sees what everybody sees.
    await em.execute('analyze users, learner_profiles, lessons, quiz_answers');
    printResult(renderResult(rows, made, seconds));
  }
}

interface Made {
  readonly learners: number;
  readonly lessons: number;
}

/** Every connection takes the next slice when it is done with one. */
async function insertAll(pool: Pool, rows: number, advance: Advance): Promise<Made> {
  const slices = planSlices(rows);
  const draw = inTurn(drawLearnerIds);
  let done = 0;
  const count = (answers: number) => {
    done += answers;
    advance(done);
  };
  const connections = Math.min(CONNECTIONS, pool.options.max, Math.ceil(rows / slice.ANSWERS_PER_SLICE));
  const made = await withTransactions(pool, connections, async client => {
    let [learners, lessons] = [0, 0];
    // Shared by the connections. When one fails, leaving its loop ends the generator, and thereby the other loops.
    for (const answers of slices) {
      const ids = await draw(client, Math.ceil(answers / slice.ANSWERS_PER_LEARNER));
      const planned = slice.planLessons(ids, answers);
      await insertSlice(client, ids, planned, count);
      [learners, lessons] = [learners + ids.length, lessons + planned.length];
    }
    return { learners, lessons };
  });
  return made.reduce((one, other) => ({
    learners: one.learners + other.learners,
    lessons: one.lessons + other.lessons,
  }));
}

/**
 * How many answers to make at a time. The server checks the foreign keys of a `copy` when it ends, and keeps a note for each
 * row until then: for all rows at once that would be its memory, and a bar that stands still at 100 %.
 */
function* planSlices(rows: number): Generator<number> {
  for (let left = rows; left > 0; left -= slice.ANSWERS_PER_SLICE) {
    yield Math.min(slice.ANSWERS_PER_SLICE, left);
  }
}

/** Slices draw their ids in their own order, whichever connection is faster, so that the same run makes the same rows. */
function inTurn<A extends unknown[], T>(work: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const result = turn.then(() => work(...args));
    turn = result.catch(() => undefined);
    return result;
  };
}

async function insertSlice(
  client: ClientBase,
  learners: readonly number[],
  lessons: readonly slice.BulkLesson[],
  count: (answers: number) => void,
): Promise<void> {
  await insertLearners(client, learners);
  await copyLines(client, { table: 'lessons', columns: slice.LESSON_COLUMNS }, slice.renderLessons(lessons));
  const lines = counted(slice.renderAnswers(lessons), count);
  await withoutKeyChecks(client, 'quiz_answers', () =>
    copyLines(client, { table: 'quiz_answers', columns: slice.ANSWER_COLUMNS }, lines),
  );
}

function* counted(
  parts: Iterable<{ lines: string; count: number }>,
  count: (answers: number) => void,
): Generator<string> {
  for (const part of parts) {
    yield part.lines;
    count(part.count);
  }
}

function renderResult(rows: number, { learners, lessons }: Made, seconds: number): string {
  const made = [plural(rows, 'quiz answer'), plural(lessons, 'lesson'), plural(learners, 'learner')];
  return `Bulk data: ${made.join(', ')} in ${seconds.toFixed(1)} s, ${renderCount(rows / seconds)} rows per second.`;
}

function plural(count: number, what: string): string {
  return `${renderCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
