/**
 * Migration: 0013_populate_grade_levels
 * Purpose: Grade level 5 where it is unknown, then not null
 * Date: 2026-11-23
 * Deploy: when the release that writes the column is everywhere: an older one inserts rows without it
 * Rollback: set default on learner_profiles.grade_level; drop not null on learner_profiles.grade_level; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0013PopulateGradeLevels extends OnlineMigration {
  override readonly name = '0013_populate_grade_levels';
  // it waits until the release is out: npm run migrate -- --contract
  override readonly contracts = '0012_add_grade_level_column';

  override up(): void {
    // backfill: ROW EXCLUSIVE on learner_profiles, outside a transaction
    this.backfill('learner_profiles', { set: { grade_level: '5' }, where: '"grade_level" is null' });
    // not-null: ACCESS EXCLUSIVE on learner_profiles
    // From here on a write that leaves "grade_level" null fails, and so does any update of an old row that has none.
    this.addSql(
      `alter table "learner_profiles" add constraint "learner_profiles_grade_level_not_null" check ("grade_level" is not null) not valid`,
    );
    // not-null: SHARE UPDATE EXCLUSIVE on learner_profiles, outside a transaction
    // It fails when a row of "learner_profiles" has no "grade_level"; nothing is changed then.
    this.addSql(`alter table "learner_profiles" validate constraint "learner_profiles_grade_level_not_null"`);
    // not-null: ACCESS EXCLUSIVE on learner_profiles
    this.addSql(`alter table "learner_profiles" alter column "grade_level" set not null`);
    // not-null: ACCESS EXCLUSIVE on learner_profiles
    this.addSql(`alter table "learner_profiles" drop constraint if exists "learner_profiles_grade_level_not_null"`);
    // column-default: ACCESS EXCLUSIVE on learner_profiles
    // A release that inserts into "learner_profiles" without "grade_level" gets null from here on.
    this.addSql(`alter table "learner_profiles" alter column "grade_level" drop default`);
  }

  override down(): void {
    // column-default: ACCESS EXCLUSIVE on learner_profiles
    this.addSql(`alter table "learner_profiles" alter column "grade_level" set default 5`);
    // drop-not-null: ACCESS EXCLUSIVE on learner_profiles
    // A release that takes "grade_level" of "learner_profiles" for granted may read null from here on.
    this.addSql(`alter table "learner_profiles" alter column "grade_level" drop not null`);
  }
}
