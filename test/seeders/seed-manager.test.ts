import { basename } from 'node:path';
import { expect } from 'chai';
import { DevelopmentSeeder } from '../../seeders/development-seeder.ts';
import { ExplainedError, exitCodeOf, renderError } from '../../src/errors.ts';
import { OnlineSeedManager } from '../../src/seed-manager.ts';
import { withDatabase } from '../support/database.ts';
import { type Finished, repository, runNode } from '../support/project.ts';
import { checksum, type School, withSchool, withSchoolOrm, withSeededSchool } from './school.ts';

const ELSEWHERE = 'postgresql://somebody@db.school.example/school';
const MIKRO_ORM = ['node_modules/.bin/mikro-orm', 'seeder:run'];
const DB_SEED = ['src/cli/main.ts', 'db:seed'];

const SIGN_IN = /PARENT +parent +parent@sunschool.example +parent-sunschool\n/;
const SET_TIME_ZONE = `do $$ begin
  execute format('alter database %I set timezone = %L', current_database(), 'Asia/Tokyo');
end $$`;

describe('seeding', () => {
  it('goes through our seed manager', () =>
    withSchoolOrm(ELSEWHERE, async orm => {
      expect(orm.seeder).to.be.instanceOf(OnlineSeedManager);
    }));

  it('mikro-orm seeder:run adds the same rows to every database, whatever the time zones of machine and server', async () => {
    const expected = await withSeededSchool(({ client }) => checksum(client));
    await withSchool(async school => {
      await school.client.query(SET_TIME_ZONE);
      const { code, stdout, stderr } = await run(MIKRO_ORM, school, { TZ: 'Pacific/Auckland' });
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.include('118 rows added').and.match(SIGN_IN);
      expect(await checksum(school.client)).to.deep.equal(expected);
    });
  });

  it('db:seed is the same, and says so when nothing is to be added', () =>
    withSeededSchool(async school => {
      const { code, stdout, stderr } = await run(DB_SEED, school);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.include('nothing added').and.match(SIGN_IN);
    }));

  for (const command of [MIKRO_ORM, DB_SEED]) {
    const name = command.map(part => basename(part)).join(' ');

    it(`${name} refuses in production with exit code 2 and writes nothing, whatever else is set`, () =>
      withSchool(async school => {
        const before = await checksum(school.client);
        const { code, stdout, stderr } = await run(command, school, { NODE_ENV: 'production', ALLOW_REMOTE_SEED: '1' });
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr)
          .to.match(/^Refused: seeding in production\n/)
          .and.not.match(/Usage|Options|\n +at /);
        expect(await checksum(school.client)).to.deep.equal(before);
      }));
  }

  it('mikro-orm seeder:run tells which seeders there are when it knows none of that name', () =>
    withSchool(async school => {
      const { code, stderr } = await run([...MIKRO_ORM, '--class', 'fakerFor'], school);
      expect(code).to.equal(1);
      expect(stderr)
        .to.match(/^No such seeder: fakerFor\n/)
        .and.include('BulkSeeder, DevelopmentSeeder\n');
      expect(stderr).not.to.include('Usage');
    }));

  it('db:seed passes --rows on, and wants a seeder for it', () =>
    withSchool(async school => {
      const { stdout } = await run([...DB_SEED, '--class', 'BulkSeeder', '--rows', '21'], school);
      expect(stdout).to.match(/^Bulk data: 21 quiz answers, 4 lessons, 1 learner in /);
      const { code, stderr } = await run([...DB_SEED, '--rows', '21'], school);
      expect(code).to.equal(1);
      expect(stderr).to.include('--rows without --class');
    }));

  it('refuses on a server elsewhere, before it connects, unless ALLOW_REMOTE_SEED=1 allows it', () =>
    withSchoolOrm(ELSEWHERE, async orm => {
      const attempts = [() => orm.seeder.seed(DevelopmentSeeder), () => orm.seeder.seedString('DevelopmentSeeder')];
      for (const attempt of attempts) {
        const error = await failureOf(attempt);
        expect(exitCodeOf(error)).to.equal(2);
        expect(renderError(error))
          .to.match(/^Refused: seeding on db.school.example\n/)
          .and.include('ALLOW_REMOTE_SEED=1');
      }
      process.env.ALLOW_REMOTE_SEED = '1';
      try {
        // asks that database whether it is protected, and does not reach it
        const reached = await orm.seeder.seed().then(String, String);
        expect(reached).to.include('db.school.example').and.not.include('Refused');
      } finally {
        delete process.env.ALLOW_REMOTE_SEED;
      }
    }));

  it('says what to do when the tables are not there yet', () =>
    withDatabase(({ url }) =>
      withSchoolOrm(url, async orm => {
        const error = await failureOf(() => orm.seeder.seed(DevelopmentSeeder));
        expect(exitCodeOf(error)).to.equal(1);
        expect(renderError(error)).to.include('npm run migrate').and.include('relation "users" does not exist (42P01)');
      }),
    ));
});

function run(command: readonly string[], { url }: School, env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return runNode([...command], { cwd: repository, env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1', ...env } });
}

async function failureOf(work: () => Promise<unknown>): Promise<ExplainedError> {
  const outcome = await work().then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
  expect(outcome).to.be.instanceOf(ExplainedError);
  return outcome as ExplainedError;
}
