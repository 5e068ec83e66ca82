import { join } from 'node:path';
import { expect } from 'chai';
import { createTestDatabase, type TestDatabase, withClient } from './support/database.ts';
import { createProject, type Project, repository } from './support/project.ts';
import {
  CONTROL_C,
  CONTROL_U,
  DOWN,
  ENTER,
  findTerminal,
  runOnTerminal,
  type Typed,
} from './support/pseudo-terminal.ts';

const users = (properties: string): string =>
  `export const User = defineEntity({ name: 'User', tableName: 'users', properties: { id: p.integer().primary(), ${properties} } });`;
const BEFORE = users(
  `name: p.text().nullable(), age: p.integer().nullable(), kind: p.enum(['a', 'b']).nativeEnumName('kind').nullable(),
  at: p.datetime().columnType('timestamp').nullable()`,
);
const AFTER = BEFORE.replace('name: p.text', 'displayName: p.text').replace(
  'age: p.integer().nullable()',
  'grade: p.smallint()',
);

describe('the questions of npm run migrate:create', () => {
  let database: TestDatabase;
  let project: Project;
  before(async () => {
    database = await createTestDatabase();
    project = await createProject(database.url, BEFORE);
    await project.mikroOrm('migration:create', '--name', 'users');
    await project.mikroOrm('migration:up', '--quiet');
    await withClient(database.url, client => client.query(`insert into users values (1, 'Ada', 36)`));
    await project.writeEntities(AFTER);
  });
  after(async () => {
    await project?.[Symbol.asyncDispose]();
    await database?.drop();
  });
  afterEach(async () => {
    const { unlink } = await import('node:fs/promises');
    for (const file of (await project.migrations()).slice(1)) {
      await unlink(join(project.directory, 'migrations', file));
    }
  });

  it('without a terminal: exit code 2, nothing written, and the command line to type', async () => {
    const { code, stdout, stderr } = await project.sunschool('migrate:create', '--name', 'x', '--purpose', 'Call them');
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr)
      .to.match(/--rename-in-code users.name:display_name +It is called display_name now, in the code only/)
      .and.match(/--rename users.name:display_name +It is called display_name now, at once/)
      .and.match(/--rename-in-steps users.name:display_name +It is called display_name now, in two steps/)
      .and.match(/--drop users.age +Drop it \(1 row holds data that would be lost\)\n/)
      .and.include(
        `npm run migrate:create -- --name x --purpose 'Call them' --rename users.name:display_name --drop users.age --fill users.grade=…`,
      );
    expect(await project.migrations()).to.have.length(1);
  });

  it('says for a time that gets its zone what to type, as the shell takes it', async () => {
    await project.writeEntities(BEFORE.replace(`'timestamp'`, `'timestamptz'`));
    const { code, stderr } = await project
      .sunschool('migrate:create', '--name', 'x')
      .finally(() => project.writeEntities(AFTER));
    expect(code).to.equal(2);
    expect(stderr).to.include(`--name x --using 'users.at="at" at time zone '\\''UTC'\\'''`);
  });

  it('stops plain mikro-orm migration:create in the same way, which takes the answers as variables', async () => {
    const env = { MIGRATE_RENAME: 'users.name:display_name', MIGRATE_DROP: 'users.age' };
    const { code, stdout, stderr } = await project.run(MIGRATION_CREATE, env);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.include(
      'npm run migrate:create -- --name x --rename users.name:display_name --drop users.age --fill users.grade=…',
    );
    expect(await project.migrations()).to.have.length(1);
  });

  it('takes each flag as often as it is given, and no more than what belongs to it', async () => {
    const flags = [
      '--drop',
      'users.name',
      '--drop',
      'users.age',
      '--fill',
      "users.grade=length('five') + 1",
      '--name',
      'x',
    ];
    const { code, stderr } = await project.sunschool('migrate:create', ...flags);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    const [, expand = '', populate = '', contract = ''] = await project.migrations();
    expect(expand).to.equal('0001_x.ts');
    expect(await project.readMigration(populate)).to.include(`length('five') + 1`);
    expect(await project.readMigration(contract)).to.include(
      'Loses: the values of users.name and the values of users.age',
    );
  });

  it('lets some names change at once and others in two steps, and the header speaks of both', async () => {
    await project.writeEntities(BEFORE.replace('name: p.text', 'nick: p.text').replace('at: p.', 'seenAt: p.'));
    const { code, stderr } = await project
      .sunschool('migrate:create', '--rename-in-steps', 'users.name:nick', '--rename', 'users.at:seen_at')
      .finally(() => project.writeEntities(AFTER));
    expect(code, stderr).to.equal(0);
    const [, expand = ''] = await project.migrations();
    expect((await project.readMigration(expand)).replaceAll('\n *  ', '')).to.include(
      ' * Deploy: while no release runs that uses the old name: the rename is at once. The rest: before the release that knows the new name;',
    );
  });

  it('are refused before a file is written where PostgreSQL says that they do not fit', async () => {
    const decided = ['--drop', 'users.name', '--drop', 'users.age', '--name', 'x'];
    const bad = {
      abc: 'column "abc" does not exist',
      "'abc'": 'invalid input syntax for type smallint: "abc"',
      '99999999999': 'smallint out of range',
      'count(*)': 'aggregate functions are not allowed in DEFAULT expressions',
      'name || age': 'column "grade" is of type smallint but expression is of type text',
    };
    for (const [value, said] of Object.entries(bad)) {
      const { code, stdout, stderr } = await project.sunschool(
        'migrate:create',
        ...decided,
        '--fill',
        `users.grade=${value}`,
      );
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr)
        .to.match(/^An answer does not fit the column that it is for\n/)
        .and.include(`--fill users.grade=${value}`)
        .and.include(said);
    }
    await project.writeEntities(BEFORE.replace('name: p.text', 'name: p.integer'));
    const using = await project
      .sunschool('migrate:create', '--using', 'users.name=lower(name)', '--name', 'x')
      .finally(() => project.writeEntities(AFTER));
    expect(using.code).to.equal(1);
    expect(using.stderr)
      .to.include('is of type integer but expression is of type text')
      .and.include('a cast at its end')
      .and.not.include('--fill');
    expect(await project.migrations()).to.have.length(1);
  });

  it('say what to type in the entity where only the code has the new name', async () => {
    const { code, stderr } = await project.sunschool('migrate:create', '--rename-in-code', 'users.name:display_name');
    expect(code).to.equal(2);
    expect(stderr)
      .to.match(/^A rename in the code only needs no migration\n\n {2}users.name is called display_name in the code/)
      .and.include("in User, displayName: add .fieldName('name') to it");
    await project.writeEntities(AFTER.replace('displayName: p.text()', "displayName: p.text().fieldName('name')"));
    const asked = await project.sunschool('migrate:create');
    await project.writeEntities(AFTER);
    expect(asked.stderr).to.include('No entity describes users.age').and.not.include('users.name');
    expect(await project.migrations()).to.have.length(1);
  });

  it('refuses a flag with a typing error', async () => {
    const { code, stderr } = await project.sunschool('migrate:create', '--drop', 'users.nme', '--name', 'x');
    expect(code).to.equal(1);
    expect(stderr).to.include('--drop users.nme: it is not in question').and.include('what became of users.name');
    expect(await project.migrations()).to.have.length(1);
  });

  it('are asked on a terminal, one after the other', async function () {
    const { code, screen, migrations } = await type(this, [
      { after: 'No entity describes users.name any more.', keys: `${DOWN}${ENTER}` },
      { after: 'No entity describes users.age any more.', keys: `${DOWN}${ENTER}` },
      { after: 'users.grade must not be null', keys: `five years${ENTER}` },
      {
        after: `PostgreSQL's parser says: syntax error at or near "years".`,
        keys: `${CONTROL_U}coalesce(age, 5)${ENTER}`,
      },
    ]);
    expect(code, screen).to.equal(0);
    expect(screen).to.include(
      "The same without questions: npm run migrate:create -- --name x --rename users.name:display_name --keep users.age --fill 'users.grade=coalesce(age, 5)'",
    );
    expect(migrations).to.have.length(3);
    expect(await project.readMigration(migrations[1] ?? ''))
      .to.include('rename column "name" to "display_name"')
      .and.include(' * Deploy: while no release runs that uses the old name: the rename is at once');
    expect(await project.readMigration(migrations[2] ?? '')).to.include('coalesce(age, 5)');
  });

  it('are left with Ctrl-C: exit code 2, nothing written', async function () {
    await project.writeEntities(AFTER.replace('displayName:', 'nick: p.text().nullable(), displayName:'));
    const { code, screen, migrations } = await type(this, [
      { after: 'Leave it in the database', keys: `${DOWN}${ENTER}` },
      { after: 'No entity describes users.age any more.', keys: CONTROL_C },
    ]);
    await project.writeEntities(AFTER);
    expect(code, screen).to.equal(2);
    expect(screen).to.include('the question was left without an answer').and.include('Nothing was written.');
    const example = /migrate:create -- --name x (.*)/.exec(screen)?.[1];
    expect(example, screen).to.equal('--rename users.name:nick --drop users.age --fill users.grade=…');
    expect(migrations).to.have.length(1);
  });

  it('are asked about values of an enum too: called otherwise now, given up, left, or in another order', async function () {
    await project.writeEntities(BEFORE.replace(`['a', 'b']`, `['c', 'a']`));
    const { code, stderr } = await project.mikroOrm('migration:create');
    expect(code).to.equal(2);
    expect(stderr)
      .to.include('No entity has the value kind.b any more.')
      .and.match(/--rename kind.b:c +It is called c now, at once/)
      .and.match(/--drop-value kind.b +Give it up: .*no row holds it/)
      .and.include('npm run migrate:create -- --rename kind.b:c --reorder kind');
    const { screen, ...typed } = await type(this, [
      { after: 'No entity has the value kind.b any more.', keys: ENTER },
      { after: 'The entities have the values of kind in another order', keys: `${DOWN}${ENTER}` },
    ]);
    await project.writeEntities(AFTER);
    expect(typed.code, screen).to.equal(0);
    expect(typed.migrations).to.have.length(2);
    expect(await project.readMigration(typed.migrations[1] ?? ''))
      .to.include(`alter type "kind" rename value 'b' to 'c'`)
      .and.include(`keeps = ['kind']`)
      .and.include(' * Deploy: while no release runs that uses the old name: the rename is at once');
  });

  it('are told by migrate:check from what somebody has changed by hand', async () => {
    const open = await project.sunschool('migrate:check');
    expect(open).to.deep.include({
      code: 1,
      stdout: 'The entities describe what no migration makes. Next: npm run migrate:create\n',
    });
    await project.writeEntities(BEFORE);
    const setStatistics = (target: number) =>
      withClient(database.url, client => client.query(`alter table users alter column name set statistics ${target}`));
    await setStatistics(7);
    const drifted = await project.sunschool('migrate:check');
    await setStatistics(-1);
    expect(drifted.stderr).to.include('column users.name (settings) differs');
    expect(drifted.stdout).to.match(/^The live database is not what the migrations made. Next: npm run migrate:doctor/);
    expect(drifted.code).to.equal(1);
    expect((await project.sunschool('migrate:check')).code).to.equal(0);
    await project.writeEntities(AFTER);
  });

  /** Runs `mikro-orm migration:create` and answers. */
  async function type(
    test: Mocha.Context,
    typed: readonly Typed[],
  ): Promise<{ code: number; screen: string; migrations: string[] }> {
    const spawn = await findTerminal();
    if (!spawn) {
      return test.skip();
    }
    const env = { ...process.env, DATABASE_URL: database.url };
    const ended = await runOnTerminal(spawn, MIGRATION_CREATE, { cwd: project.directory, env, typed });
    return { ...ended, migrations: await project.migrations() };
  }
});

const MIGRATION_CREATE = [join(repository, 'node_modules/.bin/mikro-orm'), 'migration:create', '--name', 'x'];
