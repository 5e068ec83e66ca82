/** A role as a careful administrator makes it for migrations: no superuser, owner of nothing but its own tables. */
import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase, withClient } from './database.ts';
import type { OlderPostgres } from './server.ts';

export interface MigratorDatabase extends AsyncDisposable {
  /** The database as that role reaches it. */
  readonly url: string;
  /** As a superuser does. */
  readonly admin: TestDatabase;
  readonly role: string;
}

/** What docs/deploy.md says to run. */
export function grants({ role, database }: { role: string; database: string }): string[] {
  return [`grant connect on database "${database}" to "${role}"`, `grant usage, create on schema public to "${role}"`];
}

/** A database that another role owns, with a table and a schema which the migrator may not touch. */
export async function createMigratorDatabase({ major }: { major?: OlderPostgres } = {}): Promise<MigratorDatabase> {
  const admin = await createTestDatabase({ major });
  const id = randomBytes(6).toString('hex');
  const [role, owner] = [`migrator_${id}`, `owner_${id}`];
  await withClient(admin.url, async client => {
    for (const sql of [
      `create role "${owner}"`,
      `create role "${role}" login password '${id}' nosuperuser nocreatedb nocreaterole`,
      `alter database "${admin.name}" owner to "${owner}"`,
      `revoke all on database "${admin.name}" from public`,
      'revoke all on schema public from public',
      `set role "${owner}"`,
      'create table public.payments (id int primary key, amount int)',
      'create schema billing',
      'create table billing.invoices (id int primary key)',
      'create view public.payment_sums as select sum(amount) from public.payments',
      `create type public.currency as enum ('EUR')`,
      ...grants({ role, database: admin.name }),
    ]) {
      await client.query(sql);
    }
  });
  const url = new URL(admin.url);
  url.username = role;
  url.password = id;
  return {
    url: url.href,
    admin,
    role,
    [Symbol.asyncDispose]: async () => {
      const maintenance = new URL(admin.url);
      maintenance.pathname = '/postgres';
      await admin.drop();
      await withClient(maintenance.href, client => client.query(`drop role "${role}", "${owner}"`));
    },
  };
}
