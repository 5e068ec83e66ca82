import { defineEntity, p } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import { settleWording } from '../../src/catalog/settle-wording.ts';
import { MigrationError } from '../../src/index.ts';
import { catalogOf } from '../support/catalogs.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import type { OlderPostgres } from '../support/server.ts';
import { handWritten, ROWS, TABLES } from './hand-written-cases.ts';
import { readRows, traceLocks, withDecisions, withMigrator } from './harness.ts';

const lesson = defineEntity({
  name: 'Lesson',
  tableName: 'lessons',
  properties: {
    id: p.integer().primary().autoincrement(false),
    learnerId: p.integer().nullable(),
    subject: p.text().nullable(),
    room: p.integer().nullable(),
    starts: p.date(),
  },
});

const event = defineEntity({
  name: 'Event',
  tableName: 'events',
  properties: {
    id: p.integer().primary(),
    at: p.date().primary(),
    lesson: () =>
      p
        .manyToOne(lesson)
        .foreignKeyName('of_lesson')
        .nullable()
        .updateRule('no action')
        .deleteRule('no action')
        .index('events_lesson'),
  },
});

/** They know nothing of what is written by hand. */
const entities = [
  lesson,
  defineEntity({
    name: 'Setting',
    tableName: 'settings',
    properties: { name: p.text().primary(), value: p.text().nullable() },
  }),
  defineEntity({
    name: 'Answer',
    tableName: 'answers',
    properties: {
      id: p.integer().primary(),
      at: p.date().primary(),
      score: p.integer().nullable().index('answers_score'),
    },
    checks: [{ name: 'answers_score_check', expression: 'score >= 0' }],
  }),
  event,
  defineEntity({
    name: 'Reply',
    tableName: 'replies',
    properties: {
      id: p.integer().primary().autoincrement(false),
      event: () =>
        p
          .manyToOne(event)
          .joinColumns('event_id', 'event_at')
          .foreignKeyName('to_event')
          .nullable()
          .updateRule('no action')
          .deleteRule('no action'),
    },
  }),
  defineEntity({
    name: 'Term',
    tableName: 'terms',
    properties: {
      id: p.integer().primary().autoincrement(false),
      days: p.type('string').columnType('daterange').nullable(),
    },
  }),
];

describe('a migration written by hand, on tables with rows', () => {
  for (const major of [18, 15] as const) {
    it(`goes up, down and up again, and the entities need none beside it: PostgreSQL ${major}`, () =>
      withTables({ major }, async folder => {
        for (const [at, { name, up, down }] of handWritten.entries()) {
          const number = String(at + 1).padStart(4, '0');
          await folder.write(`${number}_${name.replaceAll(' ', '_')}`, up, { down });
        }
        const start = await stateOf(folder);
        await folder.migrate(async migrator => {
          expect(await migrator.up()).to.have.lengthOf(handWritten.length);
          const reached = await stateOf(folder);
          await migrator.down({ to: '0000' });
          expect(await stateOf(folder), 'after down').to.deep.equal(start);
          await migrator.up();
          expect(await stateOf(folder), 'after the second up').to.deep.equal(reached);
          await withDecisions({ keep: ['answers_2025', 'caches', 'drafts', 'settings.at'] }, async () => {
            expect((await migrator.create()).diff.up, 'what the entities need').to.deep.equal([]);
          });
        });
        const { url, path: migrations } = folder;
        await withMigrator({ url, migrations, entities: [] }, async (_migrator, orm) => {
          const surprises = await traceLocks(url, migrations, orm);
          // what a view of the same migration reads is not known, and such a lock keeps nobody waiting
          expect(surprises.filter(({ found }) => found !== 'ACCESS SHARE')).to.deep.equal([]);
        });
      }));

    it(`is refused in its blocking form before anything runs, by its rule: PostgreSQL ${major}`, () =>
      withTables({ major }, async folder => {
        const refused = handWritten.flatMap(own =>
          Object.entries(own.refused).flatMap(([rule, statements]) => statements.map(sql => ({ rule, sql }))),
        );
        const start = await stateOf(folder);
        const bodies = refused.map(({ sql }) => `this.addSql(${JSON.stringify(sql)});`);
        await folder.write('0001_refused', bodies.join('\n'));
        const error = await folder.migrate(migrator => migrator.up()).catch(thrown => thrown);
        expect(error, String(error)).to.be.instanceOf(MigrationError).with.property('exitCode', 2);
        const { title, subject, reference, left } = error.explanation;
        const [first, ...others] = refused.map(({ rule, sql }, at) => ({ rule, sql, position: at + 1 }));
        expect({ title, subject, reference, left: left?.split('\n') }).to.deep.equal({
          title: `Unsafe migration: 0001_refused, statement 1 of ${refused.length}`,
          subject: first?.sql,
          reference: `rule ${first?.rule} · docs/rules/${first?.rule}.md`,
          left: [
            'Nothing was run.',
            ...others.map(({ rule, sql, position }) => `Statement ${position} is refused too (${rule}): ${sql}`),
          ],
        });
        expect(await stateOf(folder)).to.deep.equal(start);
      }));
  }
});

/** A project whose first migration has made the tables. */
async function withTables(
  { major }: { major: 18 | OlderPostgres },
  work: (folder: MigrationsFolder) => Promise<void>,
): Promise<void> {
  await withMigrations(
    async folder => {
      await folder.write('0000_tables', TABLES);
      await folder.migrate(migrator => migrator.up());
      await folder.query(ROWS);
      await work(folder);
    },
    { entities, ...(major === 18 ? {} : { major }) },
  );
}

async function stateOf({ url }: MigrationsFolder) {
  return { catalog: settleWording(await catalogOf(url)), rows: await readRows(url) };
}
