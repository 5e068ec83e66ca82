/**
 * Migration: 0008_lessons_subject_index
 * Purpose: Find lessons by subject
 * Date: 2026-11-23
 * Rollback: drop index idx_lessons_subject; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0008LessonsSubjectIndex extends OnlineMigration {
  override readonly name = '0008_lessons_subject_index';

  override up(): void {
    // index-concurrently: SHARE UPDATE EXCLUSIVE on lessons, outside a transaction
    this.addSql(`create index concurrently if not exists "idx_lessons_subject" on "lessons" ("subject")`);
  }

  override down(): void {
    // drop-index-concurrently: SHARE UPDATE EXCLUSIVE on lessons, outside a transaction
    this.addSql(`drop index concurrently if exists "idx_lessons_subject"`);
  }
}
