/**
 * Migration: 0000_users
 * Purpose: Accounts of administrators, parents and learners
 * Date: 2026-11-23
 * Rollback: drop users; the rows of users are lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0000Users extends OnlineMigration {
  override readonly name = '0000_users';

  override up(): void {
    this.addSql(`create type "user_role" as enum ('ADMIN', 'PARENT', 'LEARNER')`);
    this.addSql(`create table "users" (
      "id" serial primary key,
      "email" varchar(255) not null,
      "username" text null,
      "name" text null,
      "role" "user_role" null,
      "password" text null,
      "parent_id" int null,
      "created_at" timestamp null default now()
    )`);
    this.addSql(`alter table "users" add constraint "users_email_unique" unique ("email")`);
    this.addSql(`alter table "users" add constraint "users_username_unique" unique ("username")`);
    this.addSql(
      `alter table "users" add constraint "users_parent_id_foreign" foreign key ("parent_id") references "users" ("id") on delete cascade`,
    );
  }

  override down(): void {
    // drop-table: ACCESS EXCLUSIVE on users
    this.addSql(`drop table if exists "users"`);
    this.addSql(`drop type if exists "user_role"`);
  }
}
