/**
 * Migration: 0016_lessons_score_bigint_contract
 * Purpose: Scores are bigint: the prepared column takes the name, the old one goes
 * Date: 2026-11-23
 * Deploy: when the release that knows the new type is everywhere. A named prepared statement that returns lessons.score
 *   then fails once on each open connection (0A000, cached plan must not change result type): retry it, or let
 *   connections be renewed; MikroORM's are unnamed and go on
 * Rollback: lessons.score is integer again, by the same way while everybody goes on; values that do not fit are
 *   reported before; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0016LessonsScoreBigintContract extends OnlineMigration {
  override readonly name = '0016_lessons_score_bigint_contract';
  // it waits until the release is out: npm run migrate -- --contract
  override readonly contracts = '0015_lessons_score_bigint';

  override up(): void {
    // swap: ACCESS EXCLUSIVE on lessons, for a moment, in one transaction
    this.swap('lessons', [
      `drop trigger if exists "zz_sync_lessons_score_new" on "lessons"`,
      // The column that takes the name of "lessons"."score" has its values.
      `alter table "lessons" drop column if exists "score"`,
      // A named prepared statement that returns "score" fails once on each open connection: 0A000, "cached plan must not change result type".
      `alter table "lessons" rename column "score_new" to "score"`,
      `alter table "lessons" rename constraint "score_range_new" to "score_range"`,
      `drop function if exists "zz_sync_lessons_score_new"()`,
    ]);
  }

  override down(): void {
    // add-column: ACCESS EXCLUSIVE on lessons
    this.addSql(`alter table "lessons" add column if not exists "score_old" integer null`);
    this.addSql(
      `create or replace function "zz_sync_lessons_score_old"() returns trigger language plpgsql as $$ begin new."score_old" := new."score"::integer; return new; end $$`,
    );
    // trigger: SHARE ROW EXCLUSIVE on lessons
    this.addSql(
      `create or replace trigger "zz_sync_lessons_score_old" before insert or update on "lessons" for each row when (new."score_old" is distinct from new."score"::integer) execute function "zz_sync_lessons_score_old"()`,
    );
    // backfill: ROW EXCLUSIVE on lessons, outside a transaction
    this.backfill('lessons', {
      set: { score_old: '"score"::integer' },
      where: '"score_old" is null and "score" is not null',
    });
    // check-not-valid: ACCESS EXCLUSIVE on lessons
    // From here on any update of an old row that breaks it fails, also of another column.
    this.addSql(
      `alter table "lessons" add constraint "score_range_old" check ((("score_old" >= 0) and ("score_old" <= 100))) not valid`,
    );
    // check-not-valid: SHARE UPDATE EXCLUSIVE on lessons, outside a transaction
    // It fails when a row of "lessons" breaks "score_range_old"; nothing is changed then.
    this.addSql(`alter table "lessons" validate constraint "score_range_old"`);
    // swap: ACCESS EXCLUSIVE on lessons, for a moment, in one transaction
    this.swap('lessons', [
      `drop trigger if exists "zz_sync_lessons_score_old" on "lessons"`,
      `alter table "lessons" rename column "score" to "score_new"`,
      // A named prepared statement that returns "score" fails once on each open connection: 0A000, "cached plan must not change result type".
      `alter table "lessons" rename column "score_old" to "score"`,
      `alter table "lessons" rename constraint "score_range" to "score_range_new"`,
      `alter table "lessons" rename constraint "score_range_old" to "score_range"`,
      `drop function if exists "zz_sync_lessons_score_old"()`,
      `create or replace function "zz_sync_lessons_score_new"() returns trigger language plpgsql as $$ begin new."score_new" := new."score"::bigint; return new; end $$`,
      `create or replace trigger "zz_sync_lessons_score_new" before insert or update on "lessons" for each row when (new."score_new" is distinct from new."score"::bigint) execute function "zz_sync_lessons_score_new"()`,
    ]);
  }
}
