/** A small project whose migrations are proved in this process. */
import { defineEntity, type EntitySchema, p } from '@mikro-orm/core';
import type { VerifyReport } from '../../src/verify/report.ts';
import { type VerifyOptions, verifyMigrations } from '../../src/verify/verify.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import { type OlderPostgres, olderServer } from '../support/server.ts';

/** What {@link LEARNERS} makes. */
export const Learner: EntitySchema = defineEntity({
  name: 'Learner',
  tableName: 'learners',
  properties: { id: p.integer().primary(), email: p.string().length(40).unique(), grade: p.integer().nullable() },
}) as unknown as EntitySchema;

export const LEARNERS = {
  name: '0000_learners',
  up: `this.addSql('create table learners (id serial primary key, email varchar(40) not null, grade int)');
    this.addSql('alter table learners add constraint learners_email_unique unique (email)');
    this.addSql("create or replace function touch() returns void language sql as 'lock table learners in share row exclusive mode'");`,
  down: `this.addSql('drop function if exists touch()');
    this.addSql('drop table if exists learners');`,
} as const;

export interface Written {
  readonly name: string;
  readonly up: string;
  readonly down?: string;
  /** Of its header; `no data is lost` when absent. */
  readonly rollback?: string;
}

export interface School {
  readonly folder: MigrationsFolder;
  verify(options?: Partial<VerifyOptions>): Promise<VerifyReport>;
}

/** Runs `work` with these migrations in a project that describes `entities`. */
export async function withSchool<T>(
  migrations: readonly Written[],
  work: (school: School) => Promise<T>,
  { entities = [Learner], major }: { entities?: readonly EntitySchema[]; major?: OlderPostgres } = {},
): Promise<T> {
  return await withMigrations(
    async folder => {
      for (const { name, up, down = '', rollback = 'no data is lost' } of migrations) {
        await folder.write(name, up, { down, header: renderHeader(name, rollback) });
      }
      const verify: School['verify'] = options =>
        withShadowsOn(major, () =>
          folder.migrate(async migrator =>
            verifyMigrations(await migrator.project(), { all: false, rows: 50, crash: false, oneWay: [], ...options }),
          ),
        );
      return await work({ folder, verify });
    },
    { entities, major },
  );
}

async function withShadowsOn<T>(major: OlderPostgres | undefined, work: () => Promise<T>): Promise<T> {
  const { SHADOW_DATABASE_URL: newest } = process.env;
  if (major !== undefined) {
    const { host, port, user, password } = await olderServer(major);
    process.env.SHADOW_DATABASE_URL = `postgresql://${user}:${password}@${host}:${port}/postgres`;
  }
  return await work().finally(() => {
    process.env.SHADOW_DATABASE_URL = newest;
  });
}

export function addColumn(name: string, column: string): Written {
  return {
    name,
    up: `this.addSql('alter table learners add column if not exists ${column} text');`,
    down: `this.addSql('alter table learners drop column if exists ${column}');`,
    rollback: `drop ${column}; the values of learners.${column} are lost`,
  };
}

function renderHeader(name: string, rollback: string): string {
  return `/**
 * Migration: ${name}
 * Purpose: to be proved
 * Date: 2026-11-23
 * Rollback: ${rollback}
 */
`;
}
