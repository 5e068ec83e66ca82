/**
 * Migration: 0015_lessons_score_bigint
 * Purpose: Scores become bigint beside the old release: prepared, and kept equal by a trigger
 * Date: 2026-11-23
 * Deploy: before the release that knows the new type; the old one goes on as it is
 * Rollback: drop what was built beside lessons.score; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0015LessonsScoreBigint extends OnlineMigration {
  override readonly name = '0015_lessons_score_bigint';

  override up(): void {
    // add-column: ACCESS EXCLUSIVE on lessons
    this.addSql(`alter table "lessons" add column if not exists "score_new" bigint null`);
    this.addSql(
      `create or replace function "zz_sync_lessons_score_new"() returns trigger language plpgsql as $$ begin new."score_new" := new."score"::bigint; return new; end $$`,
    );
    // trigger: SHARE ROW EXCLUSIVE on lessons
    this.addSql(
      `create or replace trigger "zz_sync_lessons_score_new" before insert or update on "lessons" for each row when (new."score_new" is distinct from new."score"::bigint) execute function "zz_sync_lessons_score_new"()`,
    );
    // backfill: ROW EXCLUSIVE on lessons, outside a transaction
    this.backfill('lessons', {
      set: { score_new: '"score"::bigint' },
      where: '"score_new" is null and "score" is not null',
    });
    // check-not-valid: ACCESS EXCLUSIVE on lessons
    // From here on any update of an old row that breaks it fails, also of another column.
    this.addSql(
      `alter table "lessons" add constraint "score_range_new" check ((("score_new" >= 0) and ("score_new" <= 100))) not valid`,
    );
    // check-not-valid: SHARE UPDATE EXCLUSIVE on lessons, outside a transaction
    // It fails when a row of "lessons" breaks "score_range_new"; nothing is changed then.
    this.addSql(`alter table "lessons" validate constraint "score_range_new"`);
  }

  override down(): void {
    // trigger: ACCESS EXCLUSIVE on lessons
    this.addSql(`drop trigger if exists "zz_sync_lessons_score_new" on "lessons"`);
    this.addSql(`drop function if exists "zz_sync_lessons_score_new"()`);
    // drop-column: ACCESS EXCLUSIVE on lessons
    this.addSql(`alter table "lessons" drop column if exists "score_new"`);
  }
}
