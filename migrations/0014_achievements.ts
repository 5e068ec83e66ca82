/**
 * Migration: 0014_achievements
 * Purpose: Achievements
 * Date: 2026-11-23
 * Rollback: drop achievements; the rows of achievements are lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0014Achievements extends OnlineMigration {
  override readonly name = '0014_achievements';

  override up(): void {
    this.addSql(`create table "achievements" (
      "id" uuid not null default gen_random_uuid(),
      "learner_id" int not null,
      "type" text not null,
      "payload" json null,
      "awarded_at" timestamp null default now(),
      primary key ("id")
    )`);
    // foreign-key-not-valid: SHARE ROW EXCLUSIVE on users
    // No index leads with "learner_id": each delete in "users", or update of its key, reads all of "achievements".
    this.addSql(
      `alter table "achievements" add constraint "achievements_learner_id_foreign" foreign key ("learner_id") references "users" ("id") on delete cascade not valid`,
    );
    // foreign-key-not-valid: ROW SHARE on users, outside a transaction
    // It fails when a row of "achievements" has no parent in "users"; nothing is changed then.
    this.addSql(`alter table "achievements" validate constraint "achievements_learner_id_foreign"`);
  }

  override down(): void {
    // drop-table: ACCESS EXCLUSIVE on achievements, ACCESS EXCLUSIVE on users
    // "achievements" may then hold rows without a parent in "users".
    this.addSql(`alter table "achievements" drop constraint if exists "achievements_learner_id_foreign"`);
    // drop-table: ACCESS EXCLUSIVE on achievements
    this.addSql(`drop table if exists "achievements"`);
  }
}
