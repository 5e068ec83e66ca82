/**
 * Migration: 0009_lessons_score_range
 * Purpose: Scores stay within 0..100
 * Date: 2026-11-23
 * Deploy: when no running release writes what score_range refuses
 * Rollback: drop constraint score_range from lessons; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0009LessonsScoreRange extends OnlineMigration {
  override readonly name = '0009_lessons_score_range';

  override up(): void {
    // check-not-valid: ACCESS EXCLUSIVE on lessons
    // From here on any update of an old row that breaks it fails, also of another column.
    this.addSql(`alter table "lessons" add constraint "score_range" check (score >= 0 and score <= 100) not valid`);
    // check-not-valid: SHARE UPDATE EXCLUSIVE on lessons, outside a transaction
    // It fails when a row of "lessons" breaks "score_range"; nothing is changed then.
    this.addSql(`alter table "lessons" validate constraint "score_range"`);
  }

  override down(): void {
    // drop-constraint: ACCESS EXCLUSIVE on lessons
    // "lessons" may then hold rows that break it.
    this.addSql(`alter table "lessons" drop constraint if exists "score_range"`);
  }
}
