/** A small project whose migrations are proved in this process. */
import { defineEntity, type EntitySchema, p } from '@mikro-orm/core';
import type { Finding, VerifyReport } from '../../src/verify/report.ts';
import { type VerifyOptions, verifyMigrations } from '../../src/verify/verify.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import type { OlderPostgres } from '../support/server.ts';

/** What {@link LEARNERS} makes. */
export const Learner: EntitySchema = defineEntity({
  name: 'Learner',
  tableName: 'learners',
  properties: { id: p.integer().primary(), email: p.string().length(40).unique(), grade: p.integer().nullable() },
}) as unknown as EntitySchema;

export const LEARNERS = {
  name: '0000_learners',
  up: `this.addSql('create table learners (id serial primary key, email varchar(40) not null, grade int)');
    this.addSql('alter table learners add constraint learners_email_unique unique (email)');`,
  down: `this.addSql('drop table if exists learners');`,
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
        folder.migrate(async migrator =>
          verifyMigrations(await migrator.project(), { all: false, rows: 50, crash: false, oneWay: [], ...options }),
        );
      return await work({ folder, verify });
    },
    { entities, major },
  );
}

/** What a proof of `LEARNERS` and then these finds, notes apart. */
export async function findingsOf(...migrations: readonly Written[]): Promise<readonly Finding[]> {
  const { findings } = await withSchool([LEARNERS, ...migrations], ({ verify }) => verify());
  return findings.filter(({ severity }) => severity !== 'note');
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
