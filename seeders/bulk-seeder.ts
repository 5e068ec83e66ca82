import type { EntityManager } from '@mikro-orm/postgresql';
import { Seeder } from '@mikro-orm/seeder';
import type { ClientBase, Pool } from 'pg';
import { type Advance, renderCount, withProgressBar } from '../src/terminal/progress-bar.ts';
import { printResult } from '../src/terminal/terminal.ts';
import { insertLearners } from './bulk/accounts.ts';
import { copyLines, withoutKeyChecks } from './bulk/copy.ts';
import { readRowCount } from './bulk/row-count.ts';
import * as slice from './bulk/slice.ts';

/**
 * Quiz answers by the million, for load tests, with learners and lessons of their own. Each run adds as many again. A run is
 * one transaction: one that fails or is killed leaves nothing.
 */
export class BulkSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    const rows = readRowCount(process.env.SEED_ROWS);
    const startedAt = performance.now();
    const pool: Pool = await em.getConnection().getNativeClient();
    const client = await pool.connect();
    try {
      const made = await inTransaction(client, () =>
        withProgressBar({ title: 'Quiz answers', unit: 'rows', total: rows }, advance =>
          insertAll(client, rows, advance),
        ),
      );
      const seconds = (performance.now() - startedAt) / 1000;
      // After the commit: an analyze of its own never holds up the transaction, and sees what everybody will see.
      await client.query('analyze users, learner_profiles, lessons, quiz_answers');
      printResult(renderResult(rows, made, seconds));
    } finally {
      // Closed, not given back: MikroORM closes its pool only when it has used it itself, and an idle connection in it would
      // keep the process for ten seconds.
      client.release(true);
    }
  }
}

interface Made {
  learners: number;
  lessons: number;
}

/**
 * Slice by slice, because the foreign keys of a `copy` are checked when it ends: the server keeps a note for each row until
 * then, which for all rows at once would be its memory and a bar that stands still at 100 %.
 */
async function insertAll(client: ClientBase, rows: number, advance: Advance): Promise<Made> {
  const made: Made = { learners: 0, lessons: 0 };
  for (let done = 0; done < rows; ) {
    const answers = Math.min(slice.ANSWERS_PER_SLICE, rows - done);
    const learners = await insertLearners(client, Math.ceil(answers / slice.ANSWERS_PER_LEARNER));
    const lessons = slice.planLessons(learners, answers);
    await copyLines(client, { table: 'lessons', columns: slice.LESSON_COLUMNS }, slice.renderLessons(lessons));
    const lines = counted(slice.renderAnswers(lessons), count => advance(done + count));
    await withoutKeyChecks(client, 'quiz_answers', () =>
      copyLines(client, { table: 'quiz_answers', columns: slice.ANSWER_COLUMNS }, lines),
    );
    done += answers;
    advance(done);
    made.learners += learners.length;
    made.lessons += lessons.length;
  }
  return made;
}

function* counted(parts: Iterable<{ lines: string; count: number }>, advance: Advance): Generator<string> {
  let sum = 0;
  for (const { lines, count } of parts) {
    yield lines;
    sum += count;
    advance(sum);
  }
}

async function inTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

function renderResult(rows: number, { learners, lessons }: Made, seconds: number): string {
  const made = [plural(rows, 'quiz answer'), plural(lessons, 'lesson'), plural(learners, 'learner')];
  return `Bulk data: ${made.join(', ')} in ${seconds.toFixed(1)} s, ${renderCount(rows / seconds)} rows per second.`;
}

function plural(count: number, what: string): string {
  return `${renderCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
