/**
 * Migration: 0003_learning_goals
 * Purpose: Goals that a learner works towards
 * Date: 2026-11-23
 * Rollback: drop learning_goals; the rows of learning_goals are lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0003LearningGoals extends OnlineMigration {
  override readonly name = '0003_learning_goals';

  override up(): void {
    this.addSql(`create table "learning_goals" (
      "id" uuid not null default gen_random_uuid(),
      "learner_id" int not null,
      "title" text not null,
      "target_type" text not null,
      "target_value" int not null,
      "current_value" int null default 0,
      "is_completed" boolean null default false,
      "created_at" timestamp null default now(),
      primary key ("id")
    )`);
    // foreign-key-not-valid: SHARE ROW EXCLUSIVE on users
    // No index leads with "learner_id": each delete in "users", or update of its key, reads all of "learning_goals".
    this.addSql(
      `alter table "learning_goals" add constraint "learning_goals_learner_id_foreign" foreign key ("learner_id") references "users" ("id") on delete cascade not valid`,
    );
    // foreign-key-not-valid: ROW SHARE on users, outside a transaction
    // It fails when a row of "learning_goals" has no parent in "users"; nothing is changed then.
    this.addSql(`alter table "learning_goals" validate constraint "learning_goals_learner_id_foreign"`);
  }

  override down(): void {
    // drop-table: ACCESS EXCLUSIVE on learning_goals, ACCESS EXCLUSIVE on users
    // "learning_goals" may then hold rows without a parent in "users".
    this.addSql(`alter table "learning_goals" drop constraint if exists "learning_goals_learner_id_foreign"`);
    // drop-table: ACCESS EXCLUSIVE on learning_goals
    this.addSql(`drop table if exists "learning_goals"`);
  }
}
