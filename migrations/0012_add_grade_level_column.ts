/**
 * Migration: 0012_add_grade_level_column
 * Purpose: Grade level of each learner, still nullable
 * Date: 2026-11-23
 * Rollback: drop grade_level from learner_profiles; the values of learner_profiles.grade_level are lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0012AddGradeLevelColumn extends OnlineMigration {
  override readonly name = '0012_add_grade_level_column';

  override up(): void {
    // add-column: ACCESS EXCLUSIVE on learner_profiles
    this.addSql(`alter table "learner_profiles" add column if not exists "grade_level" int null default 5`);
  }

  override down(): void {
    // drop-column: ACCESS EXCLUSIVE on learner_profiles
    this.addSql(`alter table "learner_profiles" drop column if exists "grade_level"`);
  }
}
