import { expect } from 'chai';
import { readRowCount } from '../../seeders/bulk/row-count.ts';
import { BulkSeeder } from '../../seeders/bulk-seeder.ts';
import { renderError, SettingsError } from '../../src/errors.ts';
import { type School, seed, withSchool } from './school.ts';

describe('BulkSeeder', () => {
  beforeEach(() => {
    process.env.SEED_ROWS = '2010';
  });
  afterEach(() => {
    delete process.env.SEED_ROWS;
  });

  it('adds as many quiz answers as SEED_ROWS says, whole and consistent, and says how fast', () =>
    withSchool(async ({ url, client }) => {
      process.env.SEED_ROWS = '100510';
      expect(await seed(url, BulkSeeder)).to.match(
        /^Bulk data: 100,510 quiz answers, 5,430 lessons, 202 learners in [\d.]+ s, [\d,]+ rows per second\.\n$/,
      );
      for (const [fact, query] of Object.entries(FACTS)) {
        const { rows } = await client.query(`select (${query}) as holds`);
        expect(rows, fact).to.deep.equal([{ holds: true }]);
      }
    }));

  it('adds as much again the next time, beside other users, and an application can go on', () =>
    withSchool(async ({ url, client }) => {
      await seed(url, BulkSeeder);
      await client.query(`insert into users (email) values ('one@example.org')`);
      await seed(url, BulkSeeder);
      expect(await counts(client)).to.deep.equal({ users: 11, profiles: 10, lessons: 222, answers: 4020 });
    }));

  it('makes the same answers again', async () => {
    const sum = `select md5(string_agg(t::text, chr(10) order by id)) as sum from quiz_answers as t`;
    const sums: unknown[] = [];
    for (let run = 0; run < 2; run++) {
      await withSchool(async ({ url, client }) => {
        await seed(url, BulkSeeder);
        sums.push((await client.query(sum)).rows[0]);
      });
    }
    expect(sums[0]).to.deep.equal(sums[1]);
  });

  it('leaves nothing when one of its connections fails in the middle', () =>
    withSchool(async ({ url, client }) => {
      process.env.SEED_ROWS = '100510';
      await client.query(`alter table quiz_answers add check (learner_id <> 202)`);
      const error = await seed(url, BulkSeeder).catch((failure: Error) => failure);
      expect(String(error)).to.include('violates check constraint');
      expect(await counts(client)).to.deep.equal({ users: 0, profiles: 0, lessons: 0, answers: 0 });
    }));

  it('leaves the triggers of the table at work', () =>
    withSchool(async ({ url, client }) => {
      await client.query(`
        create table seen (number integer);
        create function see() returns trigger language plpgsql as $$ begin insert into seen values (1); return new; end $$;
        create trigger see after insert on quiz_answers for each statement execute function see()`);
      await seed(url, BulkSeeder);
      expect((await client.query('select count(*)::integer as seen from seen')).rows).to.deep.equal([{ seen: 1 }]);
    }));

  it('takes a number of rows that is one, and a million when none is given', () => {
    expect(readRowCount(undefined)).to.equal(1_000_000);
    expect(readRowCount('5000000')).to.equal(5_000_000);
    for (const value of ['', '0', '-1', '1.5', '1e6', '1_000', 'many', '1000000001', '9'.repeat(400)]) {
      const error = captureError(() => readRowCount(value));
      expect(error).to.be.instanceOf(SettingsError);
      expect(renderError(error)).to.include(`is ${JSON.stringify(value)}`);
    }
  });
});

const FACTS = {
  'the number of answers': 'select count(*) = 100510 from quiz_answers',
  'a learner with a profile for each 500': `
    select count(*) = 202 and bool_and(role = 'LEARNER' and password is null)
      and bool_and((select count(*) from learner_profiles where user_id = users.id) = 1) from users`,
  'every foreign key, checked or not while copying': `
    select bool_and(users.id is not null and lessons.learner_id = quiz_answers.learner_id)
    from quiz_answers left join users on users.id = learner_id left join lessons on lessons.id = lesson_id`,
  'one active lesson each': `
    select bool_and(active = 1) from (
      select count(*) filter (where status = 'ACTIVE') as active from lessons group by learner_id) as learners`,
  'scores and times of what is done': `
    select bool_and(score is not distinct from case status when 'DONE' then share end
        and (completed_at is not null) = (status = 'DONE') and (share is null) = (status = 'QUEUED'))
      and count(distinct score) > 5
    from lessons left join (
      select lesson_id, round(avg(is_correct::integer) * 100) as share from quiz_answers group by 1
    ) as shares on lesson_id = lessons.id`,
  'right and wrong answers and hashed questions': `
    select bool_and(is_correct = (user_answer = correct_answer)) and count(distinct is_correct) = 2
      and bool_and(question_hash = encode(sha256(convert_to(question_text, 'UTF8')), 'hex'))
      and bool_and(cardinality(concept_tags) = 2 and user_answer between 0 and 3) from quiz_answers`,
  'analyzed tables': `
    select bool_and(reltuples > 0) from pg_class
    where oid in ('users'::regclass, 'learner_profiles'::regclass, 'lessons'::regclass, 'quiz_answers'::regclass)`,
};

async function counts(client: School['client']): Promise<Record<string, number>> {
  const { rows } = await client.query(`
    select (select count(*)::integer from users) as users, (select count(*)::integer from learner_profiles) as profiles,
      (select count(*)::integer from lessons) as lessons, (select count(*)::integer from quiz_answers) as answers`);
  return rows[0];
}

function captureError(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
