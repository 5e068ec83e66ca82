/**
 * Migration: 0010_users_email_optional
 * Purpose: Learners sign in without e-mail; new accounts are learners
 * Date: 2026-11-23
 * Rollback: set not null on users.email; drop default on users.role; no data is lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0010UsersEmailOptional extends OnlineMigration {
  override readonly name = '0010_users_email_optional';

  override up(): void {
    // drop-not-null: ACCESS EXCLUSIVE on users
    // A release that takes "email" of "users" for granted may read null from here on.
    this.addSql(`alter table "users" alter column "email" drop not null`);
    // column-default: ACCESS EXCLUSIVE on users
    this.addSql(`alter table "users" alter column "role" set default 'LEARNER'`);
  }

  override down(): void {
    // not-null: ACCESS EXCLUSIVE on users
    // From here on a write that leaves "email" null fails, and so does any update of an old row that has none.
    this.addSql(`alter table "users" add constraint "users_email_not_null" check ("email" is not null) not valid`);
    // not-null: SHARE UPDATE EXCLUSIVE on users, outside a transaction
    // It fails when a row of "users" has no "email"; nothing is changed then.
    this.addSql(`alter table "users" validate constraint "users_email_not_null"`);
    // not-null: ACCESS EXCLUSIVE on users
    this.addSql(`alter table "users" alter column "email" set not null`);
    // not-null: ACCESS EXCLUSIVE on users
    this.addSql(`alter table "users" drop constraint if exists "users_email_not_null"`);
    // column-default: ACCESS EXCLUSIVE on users
    // A release that inserts into "users" without "role" gets null from here on.
    this.addSql(`alter table "users" alter column "role" drop default`);
  }
}
