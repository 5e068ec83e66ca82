import { expect } from 'chai';
import { createTestDatabase, type TestDatabase, withClient } from './support/database.ts';
import { createProject, type Project } from './support/project.ts';

const users = (kinds: string, properties = ''): string =>
  `export const User = defineEntity({ name: 'User', tableName: 'users', properties: { id: p.integer().primary(),
    kind: p.enum(${kinds}).nativeEnumName('kind').nullable(), ${properties} } });`;

describe('npm run migrate:create -- --keep', () => {
  let database: TestDatabase;
  let project: Project;
  before(async () => {
    database = await createTestDatabase();
    project = await createProject(database.url, users(`['a', 'b']`, 'nick: p.text().nullable(), age: p.integer()'));
    await project.mikroOrm('migration:create', '--name', 'users');
    await project.mikroOrm('migration:up', '--quiet');
    await withClient(database.url, client => client.query(`insert into users values (1, 'b', 'ada', 36)`));
    await project.writeEntities(users(`['a']`, 'age: p.integer()'));
  });
  after(async () => {
    await project?.[Symbol.asyncDispose]();
    await database?.drop();
  });

  it('writes down what stays, in a file of its own where nothing else changes, and nobody is asked again', async () => {
    const asked = await project.sunschool('migrate:create', '--keep', 'users.nick');
    expect(asked.code, asked.stdout).to.equal(2);
    expect(asked.stderr)
      .to.include('No entity has the value kind.b any more.')
      .and.match(
        /--drop-value kind.b +Give it up: a type without it is made, in two steps \(1 row holds it, and must not/,
      )
      .and.match(/--keep kind.b +Leave it in the database, unused/);

    const created = await project.sunschool('migrate:create', '--keep', 'users.nick', '--keep', 'kind.b');
    expect(created.stdout, created.stderr).to.include('0001_keep_users_nick_and_kind_b.ts is written');
    const text = await project.readMigration('0001_keep_users_nick_and_kind_b.ts');
    expect(text)
      .to.include(`  override readonly keeps = ['users.nick', 'kind.b'];`)
      .and.include(' * Purpose: Keep users.nick and kind.b, which no entity describes any more\n')
      .and.include(' * Rollback: nothing was changed; migration:create asks again\n');

    expect((await project.mikroOrm('migration:create')).stdout).to.include('No changes required');
    const up = await project.mikroOrm('migration:up');
    expect(up.code, up.stderr).to.equal(0);
    const check = await project.mikroOrm('migration:check');
    expect(check.code, check.stderr).to.equal(0);
    const verified = await project.sunschool('migrate:verify', '--all');
    expect(verified.code, verified.stderr + verified.stdout).to.equal(0);
    expect((await project.mikroOrm('migration:down')).code).to.equal(0);
    expect((await project.mikroOrm('migration:up')).code).to.equal(0);
  });

  it('is taken back by another answer, and holds until then', async () => {
    await project.writeEntities(users(`['a']`));
    const { code, stderr } = await project.sunschool('migrate:create', '--name', 'ages', '--keep', 'users.age');
    expect({ code, stderr }).to.deep.equal({
      code: 0,
      stderr: 'Warning: users.age stays and must not be null: who inserts a row without it fails.\n',
    });
    expect(await project.readMigration('0002_ages.ts')).to.include(`keeps = ['users.age']`);
    const dropped = await project.sunschool('migrate:create', '--drop', 'users.nick', '--name', 'nicks');
    expect(dropped.code, dropped.stderr).to.equal(0);
    expect(await project.readMigration('0003_nicks.ts'))
      .to.include('drop column if exists "nick"')
      .and.not.include('keeps');
    expect((await project.mikroOrm('migration:create')).stdout).to.include('No changes required');
  });

  it('is said in a rollup too', async () => {
    const rolled = await project.mikroOrm('migration:rollup');
    expect(rolled.code, rolled.stderr + rolled.stdout).to.equal(0);
    expect(await project.readMigration('0001_rollup_from_0000.ts')).to.include(`keeps = ['users.nick', 'kind.b'];`);
    expect((await project.mikroOrm('migration:create')).stdout).to.include('No changes required');
  });
});
