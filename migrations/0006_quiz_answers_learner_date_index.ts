/**
 * Migration: 0006_quiz_answers_learner_date_index
 * Purpose: Newest answers first
 * Date: 2026-11-23
 * Rollback: drop index idx_quiz_answers_learner_date; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0006QuizAnswersLearnerDateIndex extends OnlineMigration {
  override readonly name = '0006_quiz_answers_learner_date_index';

  override up(): void {
    // index-concurrently: SHARE UPDATE EXCLUSIVE on quiz_answers, outside a transaction
    this.addSql(
      `create index concurrently if not exists "idx_quiz_answers_learner_date" on "quiz_answers" ("learner_id", "answered_at" DESC)`,
    );
  }

  override down(): void {
    // drop-index-concurrently: SHARE UPDATE EXCLUSIVE on quiz_answers, outside a transaction
    this.addSql(`drop index concurrently if exists "idx_quiz_answers_learner_date"`);
  }
}
