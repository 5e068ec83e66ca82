import { join } from 'node:path';
import { expect } from 'chai';
import { exitCodeOf, renderError } from '../../src/errors.ts';
import { protect } from '../../src/server/protect.ts';
import { createTestDatabase, withClient } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import { withSunschool } from '../support/orm.ts';
import { createProject, type Finished, type Project, repository } from '../support/project.ts';
import { ENTER, findTerminal, runOnTerminal } from '../support/pseudo-terminal.ts';

const main = join(repository, 'src/cli/main.ts');
const mikroOrm = 'node_modules/.bin/mikro-orm';

async function withProject(work: (project: Project, query: Query) => Promise<void>): Promise<void> {
  await using database = await createTestDatabase();
  await using project = await createProject(database.url);
  await work(project, async sql => (await withClient(database.url, client => client.query(sql))).rows);
}

type Query = (sql: string) => Promise<Record<string, unknown>[]>;

function expectRefused({ code, stderr }: Pick<Finished, 'code' | 'stderr'>, title: RegExp): void {
  expect({ code, stderr }).to.deep.include({ code: 2 });
  expect(stderr)
    .to.match(title)
    .and.not.match(/Usage|\n +at /);
}

/** What the program would end with. */
async function refusal(work: () => Promise<unknown>): Promise<{ code: number; stderr: string }> {
  return work().then(
    () => ({ code: 0, stderr: '' }),
    error => ({ code: exitCodeOf(error), stderr: renderError(error) }),
  );
}

describe('npm run migrate:protect', () => {
  it('marks the database until a person at a terminal, or --yes, takes the mark away', () =>
    withProject(async (project, query) => {
      const { code, stdout } = await project.sunschool('migrate:protect');
      expect({ code, stdout }).to.deep.include({ code: 0 });
      expect(stdout).to.match(/^The database test_\w+ is protected, since \d{4}-\d\d-\d\d by postgres\.\n$/);
      expect((await project.sunschool('migrate:protect')).stdout).to.include('is protected already');
      expectRefused(await project.sunschool('migrate:protect', '--off'), /^Refused: taking the protection away\n/);
      // as a restored dump has it
      await query(`update mikro_orm_protected set database = 'school'`);
      const fresh = await project.run([mikroOrm, 'migration:fresh']);
      expectRefused(fresh, /^Refused: dropping the schema in production\n/);
      expect(fresh.stderr).to.include('for school, on another server or under another name');
      const spawn = await findTerminal();
      if (spawn) {
        const { code: left } = await runOnTerminal(spawn, [main, 'migrate:protect', '--off'], {
          cwd: project.directory,
          env: { ...process.env, ...project.env },
          typed: [{ after: '(y/N)', keys: ENTER }],
        });
        expect(left).to.equal(2);
      }
      expect((await project.sunschool('migrate:protect', '--off', '--yes')).stdout).to.include(
        'not protected any more',
      );
      expect((await project.run([mikroOrm, 'migration:fresh'])).code).to.equal(0);
    }));

  it('makes everything refuse that drops, overwrites or fills, whatever the environment says; no diff shows it', async () => {
    await using database = await createTestDatabase();
    await withSunschool(database.url, async (orm, migrator) => {
      await migrator.up({ to: 4 });
      await protect(orm.driver.getConnection(), {});
      for (const [title, work] of [
        [/^Refused: dropping the schema in production\n/, () => orm.schema.drop()],
        [/^Refused: dropping the schema in production\n/, () => orm.schema.drop({ dropDb: true })],
        [/^Refused: dropping the schema in production\n/, () => orm.schema.dropDatabase()],
        [/^Refused: clearing the tables in production\n/, () => orm.schema.clear()],
        [/^Refused: changing the schema without a migration in production\n/, () => orm.schema.create()],
        [/^Refused: changing the schema without a migration in production\n/, () => orm.schema.update()],
        [/^Refused: seeding in production\n/, () => orm.seeder.seedString('DevelopmentSeeder')],
        [/^Refused: reverting in production without a yes\n/, () => migrator.down()],
      ] as const) {
        expectRefused(await refusal(work), title);
      }
      expect(await migrator.getExecuted()).to.have.length(5);
      await migrator.up();
      expect(await migrator.checkSchema()).to.equal(false);
      expect(await orm.schema.getUpdateSchemaSQL()).to.equal('');
    });
  });
});

describe('in production', () => {
  const without = process.env.MIGRATION_ENV;
  afterEach(() => {
    delete process.env.MIGRATE_YES_LOSE_DATA;
    if (without === undefined) {
      delete process.env.MIGRATION_ENV;
    }
  });

  it('what drops data wants a yes, unless the table is new or empty', () =>
    withMigrations(async folder => {
      await writeNotes(folder);
      process.env.MIGRATION_ENV = 'production';
      await folder.migrate(migrator => migrator.up());
      process.env.MIGRATE_YES_LOSE_DATA = '1';
      await folder.migrate(migrator => migrator.down());
      delete process.env.MIGRATE_YES_LOSE_DATA;
      await folder.query(`insert into notes values (1, 'kept')`);
      const refused = await folder.migrate(migrator => refusal(() => migrator.up()));
      expectRefused(refused, /^Refused: dropping what has data in production without a yes\n\n {2}0001_drop_body\n/);
      expect(refused.stderr)
        .to.include('Lost for good: the values of notes.body.')
        .and.include('npm run migrate -- --yes-lose-data');
      expect(await folder.query('select body from notes')).to.deep.equal([{ body: 'kept' }]);
      await folder.query('delete from notes');
      await folder.migrate(migrator => migrator.up());
    }));
});

async function writeNotes(folder: MigrationsFolder): Promise<void> {
  await folder.write('0000_notes', `this.addSql('create table notes (id int primary key, body text)');`, {
    down: `this.addSql('drop table if exists notes');`,
  });
  await folder.write('0001_drop_body', `this.addSql('alter table notes drop column if exists body');`, {
    down: `this.addSql('alter table notes add column if not exists body text');`,
  });
}
