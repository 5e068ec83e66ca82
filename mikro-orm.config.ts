import { defineConfig } from '@mikro-orm/postgresql';
import { Achievement, LearnerProfile, LearningGoal, Lesson, QuizAnswer, User } from './entities/index.ts';
import { connectionOptions, OnlineMigrator, OnlineSchemaGenerator, OnlineSeedManager } from './src/index.ts';

/** `DATABASE_URL`, or the embedded server of this checkout. A function, so that help texts start no server. */
export default async () =>
  defineConfig({
    baseDir: import.meta.dirname,
    entities: [User, LearnerProfile, Lesson, LearningGoal, QuizAnswer, Achievement],
    extensions: [OnlineSchemaGenerator, OnlineMigrator, OnlineSeedManager],
    migrations: { path: './migrations' },
    seeder: { path: './seeders', defaultSeeder: 'DevelopmentSeeder' },
    ...(await connectionOptions({ env: process.env, cwd: import.meta.dirname })),
  });
