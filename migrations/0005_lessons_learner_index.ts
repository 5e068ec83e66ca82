/**
 * Migration: 0005_lessons_learner_index
 * Purpose: Find a learner's lessons
 * Date: 2026-11-23
 * Rollback: drop index idx_lessons_learner; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0005LessonsLearnerIndex extends OnlineMigration {
  override readonly name = '0005_lessons_learner_index';

  override up(): void {
    // index-concurrently: SHARE UPDATE EXCLUSIVE on lessons, outside a transaction
    this.addSql(`create index concurrently if not exists "idx_lessons_learner" on "lessons" ("learner_id")`);
  }

  override down(): void {
    // drop-index-concurrently: SHARE UPDATE EXCLUSIVE on lessons, outside a transaction
    // No other index leads with "learner_id": each delete in "users" reads the whole table.
    this.addSql(`drop index concurrently if exists "idx_lessons_learner"`);
  }
}
