/**
 * Migration: 0011_users_display_name
 * Purpose: `name` becomes `display_name`
 * Date: 2026-11-23
 * Deploy: while no release runs that uses the old name: the rename is at once
 * Rollback: rename users.display_name to name; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0011UsersDisplayName extends OnlineMigration {
  override readonly name = '0011_users_display_name';

  override up(): void {
    // rename-column: ACCESS EXCLUSIVE on users
    // From the moment of the rename on, "users" has no "name".
    // Every statement of the running release that names "name" fails until the new release is everywhere.
    this.assumeSafe(
      `a rename at once was decided: no running release uses the old name`,
      `alter table "users" rename column "name" to "display_name"`,
    );
  }

  override down(): void {
    // rename-column: ACCESS EXCLUSIVE on users
    // From the moment of the rename on, "users" has no "display_name".
    // Every statement of the running release that names "display_name" fails until the new release is everywhere.
    this.assumeSafe(
      `a rename at once was decided: no running release uses the old name`,
      `alter table "users" rename column "display_name" to "name"`,
    );
  }
}
