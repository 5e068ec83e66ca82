import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { examine } from '../../src/doctor/examine.ts';
import { exitCodeOfFindings, type Finding } from '../../src/doctor/finding.ts';
import { renderFindings } from '../../src/doctor/render-findings.ts';
import { createTemplate, withClient, withDatabase } from '../support/database.ts';
import { withMigrations } from '../support/migrations.ts';
import { withSunschool } from '../support/orm.ts';

const migrated = (to: string, sql = ''): Promise<string> =>
  createTemplate(`doctor ${to} ${sql}`, async url => {
    await withSunschool(url, (_orm, migrator) => migrator.up({ to }));
    await withClient(url, client => client.query(sql));
  });

/** Sunschool's database up to a migration, with something done to it. */
async function findingsOf(to: string, sql: string, major?: 15): Promise<Finding[]> {
  const place = major === undefined ? { template: await migrated(to) } : { major };
  return withDatabase(async ({ url }) => {
    if (major !== undefined) {
      await withSunschool(url, (_orm, migrator) => migrator.up({ to }));
    }
    await withClient(url, async client => {
      for (const statement of sql.split(';')) {
        await client.query(statement).catch(error => expect(error.message).to.include('could not create unique index'));
      }
    });
    return withSunschool(url, async (_orm, migrator) => examine(await migrator.project()));
  }, place);
}

const about = (findings: readonly Finding[], id: string): Finding => {
  const found = findings.find(finding => finding.id === id);
  expect(found, `${id} among\n${renderFindings(findings)}`).not.to.equal(undefined);
  return found as Finding;
};
const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);

describe('npm run migrate:doctor', () => {
  for (const major of [undefined, 15] as const) {
    it(`finds a migrated database healthy, and has advice, on PostgreSQL ${major ?? 18}`, async () => {
      const findings = await findingsOf('0016', 'select 1', major);
      expect(ids(findings)).to.deep.equal(['foreign-key-index']);
      expect(exitCodeOfFindings(findings)).to.equal(0);
      expect(renderFindings(findings)).to.match(
        /Healthy: all migrations are executed, and the schema is what the entities describe \(1 piece of advice\)\.$/,
      );
      expect(about(findings, 'foreign-key-index').subject).to.include('users (parent_id) → users');
    });
  }

  it('tells apart what was changed by hand, what is recorded and not there, and what is left over', async () => {
    const findings = await findingsOf(
      '0016',
      `drop table achievements; alter table users alter display_name set default 'x'; alter table lessons drop column module_id;
       create table theirs (id int);
       insert into users (id, username) values (1, 'a'); insert into lessons (id, learner_id) values ('1', 1), ('2', 1);
       create unique index concurrently broken on lessons (learner_id);
       alter table lessons add constraint hand check (score < 1000) not valid;
       alter table lessons add constraint loose check (score < 2000) not enforced;
       alter table lessons add column subject_new text;
       create trigger zz_sync_lessons_subject_new before update on lessons for each row execute function suppress_redundant_updates_trigger();
       create index twin on lessons (subject); select setval('users_id_seq', 2000000000)`,
    );
    expect(exitCodeOfFindings(findings)).to.equal(2);
    expect(about(findings, 'not-there')).to.include({ severity: 'person', subject: '0014_achievements' });
    expect(about(findings, 'not-there').remedy).to.include('  npm run migrate:unlog -- 0014_achievements');
    expect(about(findings, 'not-there').remedy).to.include('  npm run migrate -- --allow-out-of-order');
    const byHand = about(findings, 'changed-by-hand');
    expect(byHand.subject).to.include('column lessons.module_id is gone');
    expect(byHand.subject).to.include(`column users.display_name (default): was null, is 'x'::text`);
    expect(byHand.subject).not.to.include('achievements');
    expect(byHand.remedy).to.include('  alter table "users" alter column "display_name" drop default;');
    expect(about(findings, 'invalid-index').remedy).to.deep.equal(['drop index concurrently if exists "broken"']);
    expect(about(findings, 'not-validated').remedy).to.deep.equal(['alter table "lessons" validate constraint "hand"']);
    expect(about(findings, 'not-enforced').remedy).to.include(
      '  alter table "lessons" add constraint "loose" CHECK ((score < 2000)) not valid;',
    );
    expect(about(findings, 'left-over').subject).to.equal(
      'trigger zz_sync_lessons_subject_new on lessons\ncolumn lessons.subject_new',
    );
    expect(about(findings, 'duplicate-index').happens).to.include('twin has the columns of idx_lessons_subject');
    expect(about(findings, 'near-end').happens).to.equal('2,000,000,000 of 2,147,483,647 (integer) are used: 93 %.');
    expect(renderFindings(findings), 'what others made').not.to.include('theirs');
  });

  it('names what is there and not recorded, what is pending, and rows that are in the way', async () => {
    const there = await findingsOf('0014', `delete from mikro_orm_migrations where name like '0014%'`);
    expect(about(there, 'not-recorded').remedy).to.include('  npm run migrate:log -- 0014_achievements');
    expect(about(there, 'pending').subject).to.include('0015_lessons_score_bigint');
    expect(exitCodeOfFindings(there)).to.equal(3);

    const rows = await findingsOf(
      '0008',
      `insert into users (id, email, name) values (1, 'a@b.example', 'a'); insert into lessons (id, learner_id, score) values ('l1', 1, 500)`,
    );
    expect(exitCodeOfFindings(rows)).to.equal(2);
    expect(about(rows, 'rows').title).to.equal('Rows are in the way: 0009_lessons_score_range');
    expect(about(rows, 'rows').happens).to.equal('1 row of lessons does not fit check score_range: id l1');
  });

  it('waits for nobody: it says who has locked a table against readers', async () => {
    const template = await migrated('0016');
    await withDatabase(
      async ({ url }) => {
        await withClient(url, async holder => {
          await holder.query(`set application_name = 'the report'; begin; lock table lessons in access exclusive mode`);
          const look = withSunschool(url, async (_orm, migrator) => examine(await migrator.project()));
          const giveUp = new AbortController();
          const late = sleep(10_000, 'it still waits', { signal: giveUp.signal }).catch(() => undefined);
          const error = await Promise.race([look.catch(reason => reason), late]);
          giveUp.abort();
          await holder.query('rollback');
          await look.catch(() => undefined);
          expect(error).to.have.nested.property('explanation.title', 'A table is locked against readers');
          expect(error.explanation.happens).to.match(/^lessons by pid \d+ \(the report/);
        });
      },
      { template },
    );
  });

  it('says who is in the way of a run, and where one has stopped', () =>
    withMigrations(async folder => {
      await folder.write('0000_a', `this.addSql('create table a (n int)');`);
      await folder.migrate(migrator => migrator.up());
      await folder.write(
        '0001_i',
        `this.addSql('create table b (n int)'); this.addSql('create index concurrently if not exists i on a ((1 / n))');`,
      );
      const look = (): Promise<Finding[]> => folder.migrate(async migrator => examine(await migrator.project()));
      await withClient(folder.url, async holder => {
        await holder.query(`set application_name = 'the report'; insert into a values (0)`);
        await holder.query('begin; lock table a in row exclusive mode');
        const up = folder.migrate(migrator => migrator.up()).catch(error => error);
        const building = `select 1 from pg_stat_activity where application_name like 'sunschool-db up 2/2%' and wait_event_type = 'Lock'`;
        while ((await folder.query(building)).length === 0) {
          // the build begins to wait
        }
        const long = about(await look(), 'takes-long');
        expect(long.title).to.equal('A run is at work: 0001_i');
        expect(long.subject).to.match(/^create index concurrently if not exists i on a/);
        expect(long.happens).to.match(
          /is at step 2 of 2 \(up\).*\nIn its way: pid \d+ \(the report, .*idle in transaction/s,
        );
        expect(long.remedy).to.satisfy((lines: string[]) =>
          lines.some(line => /pg_terminate_backend\(\d+\)$/.test(line)),
        );
        await holder.query('commit');
        await up;
      });
      const stopped = about(await look(), 'stopped');
      expect(stopped).to.include({ severity: 'person', title: 'Stopped half-way: 0001_i' });
      expect(stopped.happens).to.match(/^Its up has ended at step 2 of 2: .*division by zero/);
      expect(stopped.remedy).to.include('Or take back what has run of it:  npm run migrate:down');
    }));
});
