import { expect } from 'chai';
import { createTestDatabase, type TestDatabase, withClient } from './support/database.ts';
import { createProject, type Project } from './support/project.ts';

const users = (properties: string): string =>
  `export const User = defineEntity({ name: 'User', tableName: 'users', properties: { id: p.integer().primary(), ${properties} } });`;

describe('a drop that migration:create wrote', () => {
  let database: TestDatabase;
  let project: Project;
  before(async () => {
    database = await createTestDatabase();
    project = await createProject(database.url, users('nick: p.text().nullable()'));
    await project.mikroOrm('migration:create', '--name', 'users');
    await project.mikroOrm('migration:up', '--quiet');
    await withClient(database.url, client => client.query(`insert into users values (1, 'ada')`));
    await project.writeEntities(users('name: p.text().nullable()'));
    await project.sunschool('migrate:create', '--name', 'names', '--drop', 'users.nick');
  });
  after(async () => {
    await project?.[Symbol.asyncDispose]();
    await database?.drop();
  });

  it('waits for the release: migrate, status and check say so, and are content', async () => {
    const [, expand, contract] = await project.migrations();
    expect([expand, contract]).to.deep.equal(['0001_names.ts', '0002_names_contract.ts']);
    expect(await project.readMigration('0002_names_contract.ts')).to.include("contracts = '0001_names';");
    expect(await project.readMigration('0001_names.ts')).to.not.include('contracts');

    const up = await project.mikroOrm('migration:up');
    expect(up.code, up.stderr).to.equal(0);
    expect(up.stderr).to.include('0002_names_contract waits for the release that came with 0001_names to be out');
    const check = await project.mikroOrm('migration:check');
    expect(check.code, check.stderr + check.stdout).to.equal(0);
    expect(check.stderr).to.include('then: npm run migrate -- --contract').and.not.include('drift');
    const status = await project.sunschool('migrate:status');
    expect(status.code, status.stdout).to.equal(0);
    expect(status.stdout).to.match(/0002_names_contract +waits for deploy/);
    const created = await project.mikroOrm('migration:create');
    expect(created.stdout).to.include('No changes required');

    const contracted = await project.sunschool('migrate:up', '--contract');
    expect(contracted.stdout).to.include('1 migration executed now, 3 in all, 0 pending.');
    expect((await project.sunschool('migrate:up', '--contract')).code).to.equal(0);
  });
});
