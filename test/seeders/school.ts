/** Databases with Sunschool's tables, empty or seeded, and ways to seed them. */
import { MikroORM } from '@mikro-orm/postgresql';
import type { Seeder } from '@mikro-orm/seeder';
import type pg from 'pg';
import { Achievement, LearnerProfile, LearningGoal, Lesson, QuizAnswer, User } from '../../entities/index.ts';
import { DevelopmentSeeder } from '../../seeders/development-seeder.ts';
import { OnlineSeedManager } from '../../src/seed-manager.ts';
import { createTemplate, withClient, withDatabase } from '../support/database.ts';

export type Entry = new () => Seeder;

/** Runs `work` with the ORM of a project that registers our seed manager. */
export async function withSchoolOrm<T>(url: string, work: (orm: MikroORM) => Promise<T>): Promise<T> {
  const orm = await MikroORM.init({
    entities: [User, LearnerProfile, Lesson, LearningGoal, QuizAnswer, Achievement],
    extensions: [OnlineSeedManager],
    clientUrl: url,
    preferTs: false,
    seeder: { path: './seeders', defaultSeeder: 'DevelopmentSeeder' },
  });
  try {
    return await work(orm);
  } finally {
    await orm.close(true);
  }
}

export interface School {
  readonly url: string;
  readonly client: pg.Client;
}

/** Runs `work` with a database that has the tables and no rows. */
export async function withSchool<T>(work: (school: School) => Promise<T>): Promise<T> {
  return await withTemplate(await emptySchool(), work);
}

/** Runs `work` with a database that holds the development data. */
export async function withSeededSchool<T>(work: (school: School) => Promise<T>): Promise<T> {
  await emptySchool();
  const template = await createTemplate('seeded_school', async url => {
    await withSchoolOrm(url, orm => orm.schema.create());
    await seed(url);
  });
  return await withTemplate(template, work);
}

function emptySchool(): Promise<string> {
  return createTemplate('school', url => withSchoolOrm(url, orm => orm.schema.create()));
}

function withTemplate<T>(template: string, work: (school: School) => Promise<T>): Promise<T> {
  return withDatabase(({ url }) => withClient(url, client => work({ url, client })), { template });
}

/** Seeds and gives what was printed on stdout. */
export async function seed(url: string, seeder: Entry = DevelopmentSeeder): Promise<string> {
  return await captureOutput(() => withSchoolOrm(url, orm => orm.seeder.seed(seeder)));
}

/** What is written to stdout while `work` runs. */
export async function captureOutput(work: () => Promise<unknown>): Promise<string> {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  try {
    await work();
    return text;
  } finally {
    process.stdout.write = write;
  }
}

/** One line for each table with a checksum of all its rows as text. */
export async function checksum(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
  );
  const lines: string[] = [];
  for (const { name } of rows) {
    const sum = `select count(*) as rows, md5(string_agg(t::text, chr(10) order by id)) as sum from "${name}" as t`;
    const [row] = (await client.query(sum)).rows;
    lines.push(`${name}: ${row.rows} rows, ${row.sum}`);
  }
  return lines;
}
