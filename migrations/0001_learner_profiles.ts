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
    this.addSql(
      `alter table "learner_profiles" add constraint "learner_profiles_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade`,
    );
  }

  override down(): void {
    this.addSql(`drop table if exists "learner_profiles"`);
  }
}
