import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { developmentSignIns } from '../../seeders/development/accounts.ts';
import { verifyPassword } from '../../seeders/development/password.ts';
import { DevelopmentSeeder } from '../../seeders/development-seeder.ts';
import { captureOutput, checksum, type School, seed, withSchool, withSchoolOrm, withSeededSchool } from './school.ts';

const SEED_PROGRAM = fileURLToPath(new URL('seed-program.ts', import.meta.url));

describe('DevelopmentSeeder', () => {
  it('adds nothing the second time and keeps what was changed by hand', () =>
    withSeededSchool(async ({ url, client }) => {
      await client.query(`update users set username = 'mia2', email = 'mia2@example.org' where username = 'mia'`);
      await client.query(`update users set password = 'x', created_at = now() where username = 'leo'`);
      await client.query(`update lessons set score = 1 where id = 'dev-zoe-lesson-1'`);
      await client.query(`update quiz_answers set concept_tags = null`);
      const before = await checksum(client);
      const output = await seed(url);
      expect(await checksum(client)).to.deep.equal(before);
      expect(output)
        .to.include('nothing added')
        .and.match(/mia2 .* mia-sunschool/)
        .and.match(/leo .* \(changed since\)/);
    }));

  it('brings back what was deleted', () =>
    withSeededSchool(async ({ url, client }) => {
      const before = await checksum(client);
      await client.query(`delete from users where username = 'leo'`);
      await client.query(`delete from quiz_answers where lesson_id = 'dev-zoe-lesson-2'`);
      await client.query('delete from learning_goals');
      await seed(url);
      expect(await checksum(client)).to.deep.equal(before);
    }));

  it('leaves the active lesson to the one that a developer has begun', () =>
    withSeededSchool(async ({ url, client }) => {
      await client.query(`delete from lessons where id = 'dev-mia-lesson-5'`);
      await client.query(`insert into lessons (id, learner_id, status) values ('mine', 3, 'ACTIVE')`);
      await seed(url);
      const { rows } = await client.query(`select id from lessons where learner_id = 3 and status = 'ACTIVE'`);
      expect(rows).to.deep.equal([{ id: 'mine' }]);
    }));

  it('adds each row once when two run at the same moment', async () => {
    const expected = await seededChecksum();
    await withSchool(async ({ url, client }) => {
      const output = await captureOutput(async () => {
        const run = () => withSchoolOrm(url, orm => orm.seeder.seed(DevelopmentSeeder));
        await Promise.all([run(), run()]);
      });
      expect(await checksum(client)).to.deep.equal(expected);
      expect(output).to.include('118 rows added').and.include('nothing added');
    });
  });

  it('leaves nothing when it is killed halfway, and adds everything the next time', async () => {
    const expected = await seededChecksum();
    await withSchool(async school => {
      const empty = await checksum(school.client);
      await killHalfway(school);
      expect(await checksum(school.client)).to.deep.equal(empty);
      await seed(school.url);
      expect(await checksum(school.client)).to.deep.equal(expected);
    });
  });

  it('gives way to users who have its ids, and an application can add users afterwards', () =>
    withSchool(async ({ url, client }) => {
      const insert = (email: string) => client.query('insert into users (email) values ($1)', [email]);
      await insert('one@example.org');
      await client.query(`insert into users (id, email) values (2, 'two@example.org'), (5, 'five@example.org')`);
      await seed(url);
      const { rows } = await client.query(
        'select id, coalesce(username, email) as name, parent_id from users order by id',
      );
      expect(rows.map(({ id, name, parent_id }) => `${id} ${name} ${parent_id ?? '-'}`)).to.deep.equal([
        '1 one@example.org -',
        '2 two@example.org -',
        '3 admin -',
        '4 parent -',
        '5 five@example.org -',
        '6 mia 4',
        '7 leo 4',
        '8 zoe 4',
        '9 sam 4',
      ]);
      await insert('next@example.org');
      const before = await checksum(client);
      await seed(url);
      expect(await checksum(client)).to.deep.equal(before);
    }));

  it('numbers on behind its users in a fresh database', () =>
    withSeededSchool(async ({ client }) => {
      const { rows } = await client.query(`insert into users (email) values ('next@example.org') returning id`);
      expect(rows).to.deep.equal([{ id: 7 }]);
    }));

  it('stores each password as a slow hash that verifies', () =>
    withSeededSchool(async ({ client }) => {
      const { rows } = await client.query('select username, password from users order by id');
      const signIns = developmentSignIns();
      expect(rows.map(row => row.username)).to.deep.equal(signIns.map(signIn => signIn.username));
      expect(new Set(rows.map(row => row.password)).size).to.equal(rows.length);
      for (const { password } of rows) {
        expect(password).to.match(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
      }
      const verified = [0, 5].map(at => verifyPassword(signIns[at]?.password ?? '', rows[at].password));
      expect(await Promise.all(verified)).to.deep.equal([true, true]);
      expect(await verifyPassword('another', rows[0].password)).to.equal(false);
      expect(await verifyPassword('another', 'no hash at all')).to.equal(false);
    }));

  for (const [fact, query] of Object.entries(facts())) {
    it(fact, () =>
      withSeededSchool(async ({ client }) => {
        const { rows } = await client.query(`select (${query}) as holds`);
        expect(rows).to.deep.equal([{ holds: true }]);
      }),
    );
  }
});

/** What SCHEMA.md says of the data, as conditions. */
function facts(): Record<string, string> {
  return {
    'has an administrator, a parent and learners of that parent, each with one profile': `
      select array_agg(role || ' ' || (select count(*) from learner_profiles where user_id = users.id) order by id)
        = '{ADMIN 0,PARENT 0,LEARNER 1,LEARNER 1,LEARNER 1,LEARNER 1}'
        and count(*) filter (where role = 'LEARNER' and parent_id = (select id from users where role = 'PARENT')) = 4
      from users`,
    'has lessons in every status': `select count(distinct status) = 3 from lessons`,
    'has at most one active lesson for each learner, and one learner without': `
      select max(active) = 1 and min(active) = 0
      from (select count(*) filter (where status = 'ACTIVE') as active from lessons group by learner_id) as learners`,
    'scores what is done, and only that, with its share of right answers': `
      select bool_and(score is not distinct from case status when 'DONE' then share end
          and (completed_at is not null) = (status = 'DONE'))
      from lessons left join (
        select lesson_id, round(avg(is_correct::integer) * 100) as share from quiz_answers group by 1
      ) as shares on lesson_id = lessons.id`,
    'has right and wrong answers, told apart by the option chosen': `
      select count(distinct is_correct) = 2 and bool_and(is_correct = (user_answer = correct_answer)) from quiz_answers`,
    'tags each answer and hashes its question': `
      select bool_and(cardinality(concept_tags) > 0
        and question_hash = encode(sha256(convert_to(question_text, 'UTF8')), 'hex')) from quiz_answers`,
    'has goals that are completed exactly where their target is reached': `
      select bool_or(is_completed) and not bool_and(is_completed)
        and bool_and(is_completed = (current_value >= target_value)) from learning_goals`,
  };
}

function seededChecksum(): Promise<string[]> {
  return withSeededSchool(({ client }) => checksum(client));
}

/** Seeds in a process of its own, stops it at the answers by a lock on their table, and kills it there. */
async function killHalfway({ url, client }: School): Promise<void> {
  await client.query('begin; lock table quiz_answers');
  const seeder = spawn(process.execPath, [SEED_PROGRAM], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: 'ignore',
  });
  const exited = once(seeder, 'exit');
  await until(client, "exists (select from pg_locks where not granted and relation = 'quiz_answers'::regclass)");
  seeder.kill('SIGKILL');
  expect(await exited).to.deep.equal([null, 'SIGKILL']);
  await client.query('rollback');
  // Its session goes on to notice that nobody is there any more.
  await until(
    client,
    "count(*) = 1 from pg_stat_activity where datname = current_database() and backend_type = 'client backend'",
  );
}

async function until(client: School['client'], condition: string): Promise<void> {
  for (;;) {
    const { rows } = await client.query<[boolean]>({ text: `select ${condition}`, rowMode: 'array' });
    if (rows[0]?.[0]) {
      return;
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
