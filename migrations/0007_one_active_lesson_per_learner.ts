/**
 * Migration: 0007_one_active_lesson_per_learner
 * Purpose: At most one ACTIVE lesson per learner
 * Date: 2026-11-23
 * Deploy: when no running release writes what idx_one_active_per_learner refuses
 * Rollback: drop index idx_one_active_per_learner; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0007OneActiveLessonPerLearner extends OnlineMigration {
  override readonly name = '0007_one_active_lesson_per_learner';

  override up(): void {
    // index-concurrently: SHARE UPDATE EXCLUSIVE on lessons, outside a transaction
    // The build fails on duplicate values of learner_id.
    this.addSql(
      `create unique index concurrently if not exists "idx_one_active_per_learner" on "lessons" ("learner_id") where status = 'ACTIVE'`,
    );
  }

  override down(): void {
    // drop-index-concurrently: SHARE UPDATE EXCLUSIVE on lessons, outside a transaction
    // Duplicate values can come in from here on.
    this.addSql(`drop index concurrently if exists "idx_one_active_per_learner"`);
  }
}
