import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTestDatabase, type TestDatabase, withClient } from './support/database.ts';
import { createProject, type Project, repository } from './support/project.ts';

const ENTITIES = `
const Base = defineEntity({ name: 'Base', tableName: 'bases', properties: { id: p.integer().primary() } });
export { Base };`;

describe('mikro-orm migration:up and its relatives', () => {
  let database: TestDatabase;
  let project: Project;
  beforeEach(async () => {
    database = await createTestDatabase();
    project = await createProject(database.url, ENTITIES);
  });
  afterEach(async () => {
    await project[Symbol.asyncDispose]();
    await database.drop();
  });

  const write = (recordedName: string, up: string, down = 'select 1'): Promise<void> =>
    writeFile(
      join(project.directory, 'migrations', `${recordedName}.ts`),
      `import { OnlineMigration } from '${repository}/src/index.ts';
       export class M extends OnlineMigration {
         override readonly name = '${recordedName}';
         override up(): void { this.addSql(\`${up}\`); }
         override down(): void { this.addSql(\`${down}\`); }
       }`,
    );
  const query = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await withClient(database.url, client => client.query(sql))).rows;
  const executed = async (): Promise<unknown[]> =>
    (await query('select name from mikro_orm_migrations order by id')).map(({ name }) => name);

  it('runs each migration once when several processes start at the same moment', async () => {
    await write('0000_a', 'create table a (n int); insert into a values (1)');
    await write('0001_b', 'insert into a values (2)');
    const all = await Promise.all(Array.from({ length: 6 }, () => project.mikroOrm('migration:up')));
    expect(all.map(({ code, stderr }) => (code === 0 ? code : stderr))).to.deep.equal([0, 0, 0, 0, 0, 0]);
    expect(await query('select n from a order by n')).to.deep.equal([{ n: 1 }, { n: 2 }]);
    expect(await executed()).to.deep.equal(['0000_a', '0001_b']);
  });

  it('says what to do when the result is there already', async () => {
    await write('0000_a', 'create table a (n int)');
    await query('create table a ()');
    const { stderr } = await project.mikroOrm('migration:up');
    expect(stderr).to.include('npx mikro-orm migration:log --name 0000_a');
    const refused = await project.mikroOrm('migration:log', '--name', '0000_a');
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.match(/^Not recorded: 0000_a is not in the database\n\n {2}column a\.n is not there\n/);
    await query('alter table a add column n int');
    expect((await project.mikroOrm('migration:log', '--name', '0000_a')).code).to.equal(0);
    expect((await project.mikroOrm('migration:log', '--name', '0000_a')).stderr).to.include(
      '0000_a is executed already',
    );
    expect((await project.mikroOrm('migration:log', '--name', 'nonsense')).code).to.equal(1);
    expect(await executed()).to.deep.equal(['0000_a']);
    expect((await project.mikroOrm('migration:unlog', '--name', '0')).code).to.equal(2);
    expect((await project.sunschool('migrate:unlog', '0', '--force')).code).to.equal(0);
    expect(await executed()).to.deep.equal([]);
  });

  it('refuses to revert when an executed file is gone, and a file that is no migration', async () => {
    await write('0000_a', 'create table a ()');
    await project.mikroOrm('migration:up');
    expect((await project.mikroOrm('migration:up', '--only', '0000_a')).stderr).to.include(
      'Nothing to do: no migration is pending.',
    );
    await write('0001_c', 'create table c ()');
    expect((await project.mikroOrm('migration:down', '--only', '0001_c')).stderr).to.include(
      'Nothing to do: no migration that was asked for is executed.',
    );
    await unlink(join(project.directory, 'migrations/0001_c.ts'));
    await unlink(join(project.directory, 'migrations/0000_a.ts'));
    const { code, stderr } = await project.mikroOrm('migration:down');
    expect(code).to.equal(2);
    expect(stderr).to.match(/^Executed migrations are missing here\n\n {2}0000_a {2}has run/);
    await write('0000_a', 'create table a ()');
    await writeFile(join(project.directory, 'migrations/0001_b.ts'), 'export const nothing = 1;');
    expect((await project.mikroOrm('migration:up')).stderr).to.include('It exports no class');
    await writeFile(join(project.directory, 'migrations/0001_b.ts'), 'export class {{');
    expect((await project.mikroOrm('migration:up')).stderr).to.include('Bad migration file: 0001_b.ts');
  });

  it('looks without changing anything: list, pending, check and status make no table', async () => {
    await write('0000_a', 'create table a ()');
    expect((await project.mikroOrm('migration:list')).stdout).to.include('No migrations executed yet');
    expect((await project.mikroOrm('migration:pending')).stdout).to.include('0000_a');
    await project.mikroOrm('migration:check');
    const status = await project.sunschool('migrate:status', '--json');
    expect(status.code).to.equal(3);
    expect(JSON.parse(status.stdout)).to.deep.equal([{ name: '0000_a', state: 'pending' }]);
    expect(await query(`select count(*)::int as tables from pg_tables where schemaname = 'public'`)).to.deep.equal([
      { tables: 0 },
    ]);
  });

  it('migration:fresh leaves nothing of ours behind, and what others made in place', async () => {
    await write(
      '0000_bases',
      `create type kind as enum ('x'); create table bases (id serial primary key); create table forgotten (kind kind)`,
    );
    await project.mikroOrm('migration:up');
    await query(`insert into bases default values; create type mood as enum ('ok'); create table theirs (mood mood)`);
    const { code, stderr } = await project.mikroOrm('migration:fresh');
    expect(code, stderr).to.equal(0);
    expect(await query('select * from bases')).to.deep.equal([]);
    expect(await query('select * from theirs')).to.deep.equal([]);
    expect(await executed()).to.deep.equal(['0000_bases']);
  });
});
