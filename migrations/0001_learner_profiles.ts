/**
 * Migration: 0001_learner_profiles
 * Purpose: Profiles: what adaptive teaching knows of a learner
 * Date: 2026-11-23
 * Rollback: drop learner_profiles; the rows of learner_profiles are lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0001LearnerProfiles extends OnlineMigration {
  override readonly name = '0001_learner_profiles';

  override up(): void {
    this.addSql(`create table "learner_profiles" (
      "id" text not null,
      "user_id" int not null,
      "graph" json null,
      "subjects" json null default '["Math", "Science"]',
      "subject_performance" json null default '{}',
      "recommended_subjects" json null default '[]',
      "struggling_areas" json null default '[]',
      "created_at" timestamp null default now(),
      primary key ("id")
    )`);
    // foreign-key-not-valid: SHARE ROW EXCLUSIVE on users
    // No index leads with "user_id": each delete in "users", or update of its key, reads all of "learner_profiles".
    this.addSql(
      `alter table "learner_profiles" add constraint "learner_profiles_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade not valid`,
    );
    // foreign-key-not-valid: ROW SHARE on users, outside a transaction
    // It fails when a row of "learner_profiles" has no parent in "users"; nothing is changed then.
    this.addSql(`alter table "learner_profiles" validate constraint "learner_profiles_user_id_foreign"`);
  }

  override down(): void {
    // drop-table: ACCESS EXCLUSIVE on learner_profiles, ACCESS EXCLUSIVE on users
    // "learner_profiles" may then hold rows without a parent in "users".
    this.addSql(`alter table "learner_profiles" drop constraint if exists "learner_profiles_user_id_foreign"`);
    // drop-table: ACCESS EXCLUSIVE on learner_profiles
    this.addSql(`drop table if exists "learner_profiles"`);
  }
}
