/**
 * Migration: 0004_quiz_answers
 * Purpose: Individual answers, for analytics
 * Date: 2026-11-23
 * Rollback: drop quiz_answers; the rows of quiz_answers are lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0004QuizAnswers extends OnlineMigration {
  override readonly name = '0004_quiz_answers';

  override up(): void {
    this.addSql(`create table "quiz_answers" (
      "id" uuid not null default gen_random_uuid(),
      "learner_id" int not null,
      "lesson_id" text not null,
      "question_index" int not null,
      "question_text" text not null,
      "question_hash" varchar(64) not null,
      "user_answer" int not null,
      "correct_answer" int not null,
      "is_correct" boolean not null,
      "concept_tags" text[] null,
      "answered_at" timestamp null default now(),
      primary key ("id")
    )`);
    this.addSql(`create index "idx_learner_answers" on "quiz_answers" ("learner_id", "answered_at")`);
    this.addSql(`create index "idx_question_hash" on "quiz_answers" ("question_hash")`);
    // foreign-key-not-valid: SHARE ROW EXCLUSIVE on users
    this.addSql(
      `alter table "quiz_answers" add constraint "quiz_answers_learner_id_foreign" foreign key ("learner_id") references "users" ("id") on delete cascade not valid`,
    );
    // foreign-key-not-valid: ROW SHARE on users, outside a transaction
    // It fails when a row of "quiz_answers" has no parent in "users"; nothing is changed then.
    this.addSql(`alter table "quiz_answers" validate constraint "quiz_answers_learner_id_foreign"`);
    // foreign-key-not-valid: SHARE ROW EXCLUSIVE on lessons
    // No index leads with "lesson_id": each delete in "lessons", or update of its key, reads all of "quiz_answers".
    this.addSql(
      `alter table "quiz_answers" add constraint "quiz_answers_lesson_id_foreign" foreign key ("lesson_id") references "lessons" ("id") on delete cascade not valid`,
    );
    // foreign-key-not-valid: ROW SHARE on lessons, outside a transaction
    // It fails when a row of "quiz_answers" has no parent in "lessons"; nothing is changed then.
    this.addSql(`alter table "quiz_answers" validate constraint "quiz_answers_lesson_id_foreign"`);
  }

  override down(): void {
    // drop-table: ACCESS EXCLUSIVE on quiz_answers, ACCESS EXCLUSIVE on users
    // "quiz_answers" may then hold rows without a parent in "users".
    this.addSql(`alter table "quiz_answers" drop constraint if exists "quiz_answers_learner_id_foreign"`);
    // drop-table: ACCESS EXCLUSIVE on quiz_answers, ACCESS EXCLUSIVE on lessons
    // "quiz_answers" may then hold rows without a parent in "lessons".
    this.addSql(`alter table "quiz_answers" drop constraint if exists "quiz_answers_lesson_id_foreign"`);
    // drop-table: ACCESS EXCLUSIVE on quiz_answers
    this.addSql(`drop table if exists "quiz_answers"`);
  }
}
