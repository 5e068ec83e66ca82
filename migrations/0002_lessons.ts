/**
 * Migration: 0002_lessons
 * Purpose: Lessons of a learner
 * Date: 2026-11-23
 * Rollback: drop lessons; the rows of lessons are lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0002Lessons extends OnlineMigration {
  override readonly name = '0002_lessons';

  override up(): void {
    this.addSql(`create type "lesson_status" as enum ('QUEUED', 'ACTIVE', 'DONE')`);
    this.addSql(`create table "lessons" (
      "id" text not null,
      "learner_id" int not null,
      "module_id" text null,
      "status" "lesson_status" not null default 'QUEUED',
      "subject" text null,
      "category" text null,
      "difficulty" text null default 'beginner',
      "image_paths" json null,
      "spec" json null,
      "score" int null,
      "created_at" timestamp null default now(),
      "completed_at" timestamp null,
      primary key ("id")
    )`);
    // foreign-key-not-valid: SHARE ROW EXCLUSIVE on users
    // No index leads with "learner_id": each delete in "users", or update of its key, reads all of "lessons".
    this.addSql(
      `alter table "lessons" add constraint "lessons_learner_id_foreign" foreign key ("learner_id") references "users" ("id") on delete cascade not valid`,
    );
    // foreign-key-not-valid: ROW SHARE on users, outside a transaction
    // It fails when a row of "lessons" has no parent in "users"; nothing is changed then.
    this.addSql(`alter table "lessons" validate constraint "lessons_learner_id_foreign"`);
  }

  override down(): void {
    // drop-table: ACCESS EXCLUSIVE on lessons, ACCESS EXCLUSIVE on users
    // "lessons" may then hold rows without a parent in "users".
    this.addSql(`alter table "lessons" drop constraint if exists "lessons_learner_id_foreign"`);
    // drop-table: ACCESS EXCLUSIVE on lessons
    this.addSql(`drop table if exists "lessons"`);
    this.addSql(`drop type if exists "lesson_status"`);
  }
}
