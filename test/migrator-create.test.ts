import { expect } from 'chai';
import { createTestDatabase, type TestDatabase, withClient } from './support/database.ts';
import { createProject, type Project } from './support/project.ts';

const USERS = `export const User = defineEntity({ name: 'User', tableName: 'users', properties: {
  id: p.integer().primary(), email: p.text() } });`;
const USERS_WITH_LOCALE = USERS.replace('email: p.text()', 'email: p.text(), locale: p.text().nullable()');

describe('mikro-orm migration:create', () => {
  let database: TestDatabase;
  let project: Project;
  beforeEach(async () => {
    database = await createTestDatabase();
    project = await createProject(database.url, USERS);
  });
  afterEach(async () => {
    await project[Symbol.asyncDispose]();
    await database.drop();
  });

  it('writes the migration of a new property, which goes up, checks clean, goes down and is missed again', async () => {
    expect((await project.mikroOrm('migration:create', '--name', 'users')).stdout).to.include(
      '0000_users.ts successfully created',
    );
    expect((await project.mikroOrm('migration:up')).code).to.equal(0);
    expect((await project.mikroOrm('migration:create')).stdout).to.include('No changes required');

    await project.writeEntities(USERS_WITH_LOCALE);
    expect((await project.mikroOrm('migration:check')).code).to.equal(1);
    const created = await project.mikroOrm('migration:create');
    expect(created.stdout).to.include('0001_add_locale_to_users.ts successfully created');
    expect(await project.migrations()).to.deep.equal(['0000_users.ts', '0001_add_locale_to_users.ts']);
    const text = await project.readMigration('0001_add_locale_to_users.ts');
    expect(text).to.match(
      /^\/\*\*\n \* Migration: 0001_add_locale_to_users\n \* Purpose: Add locale to users\n \* Date: \d{4}-\d\d-\d\d\n/,
    );
    expect(text).to.include('Rollback: drop locale from users; the values of users.locale are lost');
    expect(text).to.include('class Migration0001AddLocaleToUsers extends OnlineMigration');

    expect((await project.mikroOrm('migration:up')).code).to.equal(0);
    expect((await project.mikroOrm('migration:check')).code).to.equal(0);
    expect((await project.mikroOrm('migration:down')).code).to.equal(0);
    expect((await project.mikroOrm('migration:check')).code).to.equal(1);
  });

  it('refuses bad names and writes nothing: message, exit code 1, no help text and no stack', async () => {
    for (const name of ['', '../evil', 'x'.repeat(80)]) {
      const { code, stdout, stderr } = await project.mikroOrm('migration:create', '--name', name);
      expect(code).to.equal(1);
      expect(stderr)
        .to.match(/^Bad migration name: /)
        .and.to.include('What to do')
        .and.not.to.match(/ {4}at |--config/);
      expect(stdout).to.equal('');
    }
    expect(await project.migrations()).to.deep.equal([]);
  });

  it('refuses a name that is taken, and a history with a gap or a number taken twice', async () => {
    await project.mikroOrm('migration:create', '--name', 'users');
    await project.mikroOrm('migration:up', '--quiet');
    await project.writeEntities(USERS_WITH_LOCALE);
    expect((await project.mikroOrm('migration:create', '--name', 'Users')).stderr).to.include(
      'The name users is taken',
    );

    const blank = await project.mikroOrm('migration:create', '--blank', '--name', 'by_hand');
    expect(blank.stdout).to.include('0001_by_hand.ts successfully created');
    const copy = async (file: string): Promise<void> => {
      const { writeFile } = await import('node:fs/promises');
      await writeFile(`${project.directory}/migrations/${file}`, await project.readMigration('0001_by_hand.ts'));
    };
    await copy('0001_other.ts');
    await copy('0004_late.ts');
    for (const command of ['create', 'up', 'down', 'check']) {
      const { code, stderr } = await project.mikroOrm(`migration:${command}`);
      expect(code, command).to.equal(2);
      expect(stderr).to.include('0001 is taken by 0001_by_hand.ts and 0001_other.ts');
      expect(stderr).to.include('0002 to 0003 are missing between 0001_other.ts and 0004_late.ts');
    }
  });

  it('plans from the state after pending migrations, and repeats nothing', async () => {
    await project.mikroOrm('migration:create', '--name', 'users');
    await project.writeEntities(USERS_WITH_LOCALE);
    expect((await project.mikroOrm('migration:create')).stdout).to.include('0001_add_locale_to_users.ts');
    expect((await project.mikroOrm('migration:create')).stdout).to.include('No changes required');
    expect((await project.mikroOrm('migration:check')).stderr).to.include(
      'Pending: 0000_users, 0001_add_locale_to_users',
    );
    expect((await project.mikroOrm('migration:up')).code).to.equal(0);
    expect((await project.mikroOrm('migration:check')).code).to.equal(0);
  });

  it('writes the file after db:push too, safe where nothing was pushed, and up finds the result there and records it', async () => {
    await project.mikroOrm('migration:create', '--name', 'users');
    await project.mikroOrm('migration:up', '--quiet');
    await project.writeEntities(USERS_WITH_LOCALE);
    expect((await project.sunschool('db:push')).code).to.equal(0);
    expect((await project.mikroOrm('migration:create')).stdout).to.include('0001_add_locale_to_users.ts');
    const up = await project.mikroOrm('migration:up');
    expect(up.stderr).to.include('0001_add_locale_to_users is in the database already, and is recorded.');
    expect(up.code).to.equal(0);

    await project.writeEntities(
      USERS_WITH_LOCALE.replace('locale: p.text().nullable()', 'locale: p.text().index("l"), grade: p.smallint()'),
    );
    expect((await project.sunschool('db:push')).code).to.equal(0);
    const created = await project.sunschool('migrate:create', '--name', 'more', '--fill', 'users.grade=5');
    expect(created.code, created.stderr).to.equal(0);
    expect(await project.readMigration('0002_more.ts'))
      .to.match(/not null "locale" not valid|check \("locale" is not null\) not valid/)
      .and.include('create index concurrently if not exists "l"');
    expect(await project.readMigration('0003_populate_grade.ts')).to.match(
      /not null "grade" not valid|check \("grade" is not null\) not valid/,
    );
    expect((await project.sunschool('migrate:up', '--contract')).code).to.equal(0);
    expect((await project.mikroOrm('migration:check')).code).to.equal(0);
  });

  it('names what was changed by hand, and keeps it out of the migration', async () => {
    await project.writeEntities(USERS_WITH_LOCALE);
    await project.mikroOrm('migration:create', '--name', 'users');
    await project.mikroOrm('migration:up', '--quiet');
    await withClient(database.url, client => client.query('alter table users drop column locale'));
    const check = await project.mikroOrm('migration:check');
    expect(check.code).to.equal(1);
    expect(check.stderr).to.include('drift').and.to.include('column users.locale is gone');
    const created = await project.mikroOrm('migration:create');
    expect(created.stderr).to.include('column users.locale is gone');
    expect(created.stdout).to.include('No changes required');
  });

  it('leaves alone what others made: tables, types, views, functions', async () => {
    await project.mikroOrm('migration:create', '--name', 'users');
    await project.mikroOrm('migration:up', '--quiet');
    await withClient(database.url, client =>
      client.query(`create type mood as enum ('ok'); create table theirs (id int primary key, mood mood);
        create view seen as select * from theirs; create function f() returns int language sql as 'select 1';
        grant select, insert on users to pg_monitor; grant update (email) on users to public`),
    );
    const check = await project.sunschool('migrate:check', '--verbose');
    expect(check.code).to.equal(0);
    expect(check.stderr)
      .to.match(/^Made by others and left alone: .*table public.theirs,.* view public.seen,/m)
      .and.match(
        /, grant insert, select on public.users to pg_monitor, grant update on public.users \(email\) to public$/m,
      );
    await project.writeEntities(USERS_WITH_LOCALE);
    await project.mikroOrm('migration:create');
    const [, file = ''] = await project.migrations();
    expect(await project.readMigration(file)).to.not.match(/theirs|mood|seen|mikro_orm_migrations/);
  });

  it('names the tables that are in the way of an initial migration, and takes over a database that has all', async () => {
    expect((await project.sunschool('db:push')).code).to.equal(0);
    await project.writeEntities(`${USERS} export const Other = defineEntity({ name: 'Other', tableName: 'others',
      properties: { id: p.integer().primary() } });`);
    const { code, stderr } = await project.sunschool('migrate:create', '--initial');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^There can be no initial migration\n\n {2}(public\.)?users\n/);
    await project.writeEntities(USERS);
    expect((await project.sunschool('migrate:create', '--initial')).code).to.equal(0);
    const check = await project.mikroOrm('migration:check');
    expect(check.code, check.stderr + check.stdout).to.equal(0);
    expect((await project.sunschool('migrate:up')).stdout).to.include(
      '0 migrations executed now, 1 in all, 0 pending.',
    );
  });

  it('takes --purpose through our own command, and MIGRATE_PURPOSE', async () => {
    const created = await project.sunschool('migrate:create', '--name', 'users', '--purpose', 'Accounts');
    expect(created.stdout).to.equal('0000_users.ts is written. Review it, then: npm run migrate\n');
    expect(await project.readMigration('0000_users.ts')).to.include(' * Purpose: Accounts\n');
    await project.run(['node_modules/.bin/mikro-orm', 'migration:create', '--blank', '--name', 'b'], {
      MIGRATE_PURPOSE: 'By hand',
    });
    expect(await project.readMigration('0001_b.ts')).to.include(' * Purpose: By hand\n');
  });

  it('writes the whole schema as the first migration with --initial, and it can be reverted', async () => {
    expect((await project.mikroOrm('migration:create', '--initial')).stdout).to.include(
      '0000_initial.ts successfully created',
    );
    expect((await project.mikroOrm('migration:up')).code).to.equal(0);
    expect((await project.mikroOrm('migration:check')).code).to.equal(0);
    expect((await project.mikroOrm('migration:down')).code).to.equal(0);
    const { rows } = await withClient(database.url, client => client.query(`select to_regclass('users') as users`));
    expect(rows).to.deep.equal([{ users: null }]);

    const again = await project.mikroOrm('migration:create', '--initial');
    expect(again.code).to.equal(1);
    expect(again.stderr)
      .to.match(/^There can be no initial migration\n/)
      .and.include('The history begins with 0000_initial.ts.')
      .and.include('No file was written.');
    expect(await project.migrations()).to.deep.equal(['0000_initial.ts']);
  });
});
