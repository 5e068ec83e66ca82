/**
 * Migration: 0011_users_display_name
 * Purpose: `name` becomes `display_name`
 * Date: 2026-11-23
 * Rollback: rename users.display_name to name; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0011UsersDisplayName extends OnlineMigration {
  override readonly name = '0011_users_display_name';

  override up(): void {
    // What "rename column" in this form locks, reads or rewrites is not known here.
    // It may block reads and writes of any table it touches for as long as it runs.
    this.assumeSafe(
      `decided when the migration was made`,
      `alter table "public"."users" rename column "name" to "display_name"`,
    );
  }

  override down(): void {
    // What "rename column" in this form locks, reads or rewrites is not known here.
    // It may block reads and writes of any table it touches for as long as it runs.
    this.assumeSafe(
      `decided when the migration was made`,
      `alter table "public"."users" rename column "display_name" to "name"`,
    );
  }
}
