import { expect } from 'chai';
import { createTestDatabase, withClient } from './support/database.ts';
import { createProject } from './support/project.ts';

const USERS = `export const User = defineEntity({ name: 'User', tableName: 'users', properties: {
  id: p.integer().primary(), email: p.text() } });`;

describe('npm run migrate:diff', () => {
  it('shows the steps from one database to another, with exit code 3, and writes nothing', async () => {
    await using first = await createTestDatabase();
    await using second = await createTestDatabase();
    await using project = await createProject('postgresql://nobody@localhost:1/not_asked');
    await withClient(first.url, client => client.query('create table users (id int primary key, nick text)'));
    await withClient(second.url, client => client.query('create table users (id int primary key, name text)'));
    const urls = ['--from', first.url, '--to', second.url];

    const undecided = await project.sunschool('migrate:diff', ...urls);
    expect(undecided.code, undecided.stderr).to.equal(2);
    expect(undecided.stderr).to.include('npm run migrate:diff -- --from … --to … --rename users.nick:name');

    const dropped = await project.sunschool('migrate:diff', ...urls, '--drop', 'users.nick');
    expect(dropped.code, dropped.stderr).to.equal(3);
    expect(dropped.stdout)
      .to.match(
        /^File 1 of 2: expand\n {2}1\. alter table "users" add .*"name" text.*\n +lock +ACCESS EXCLUSIVE on users\n +phase +expand\n/,
      )
      .and.include('reason       drop-column: ')
      .and.match(/\n2 steps in 2 files\. Nothing was changed or written\.\n$/);

    const renamed = await project.sunschool('migrate:diff', ...urls, '--rename', 'users.nick:name', '--json');
    expect(renamed.code).to.equal(3);
    const { files, unplanned } = JSON.parse(renamed.stdout);
    expect(unplanned).to.deep.equal([]);
    expect(files).to.have.length(1);
    expect(files[0].up[0]).to.include({ kind: 'sql', sql: 'alter table "users" rename column "nick" to "name"' });
    expect(files[0].down).to.have.length(1);
    expect(await project.migrations()).to.deep.equal([]);
  });

  it('without URLs shows what migrate:create would write', async () => {
    await using database = await createTestDatabase();
    await using project = await createProject(database.url, USERS);
    const { code, stdout } = await project.sunschool('migrate:diff');
    expect(stdout).to.include('create table "users"').and.include('1 step in 1 file.');
    expect(code).to.equal(3);
    expect(await project.migrations()).to.deep.equal([]);
    await project.writeEntities('');
    expect(await project.sunschool('migrate:diff')).to.include({
      code: 0,
      stdout: 'Nothing to do: there is no difference.\n',
    });
    const { rows } = await withClient(database.url, client =>
      client.query('select from pg_tables where schemaname = $1', ['public']),
    );
    expect(rows).to.deep.equal([]);
  });
});
