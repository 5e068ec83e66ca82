import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Migration, Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import { MigrationError, renderError } from '../../src/errors.ts';
import type { OnlineMigrator } from '../../src/migrator.ts';
import { createTestDatabase, withClient } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import { createProject, repository } from '../support/project.ts';

const RECORDS = 'select name, file_hash, checksum, duration_ms from mikro_orm_migrations order by id';

describe('mikro_orm_migrations', () => {
  it('records what a migration was when it ran, in columns that stock MikroORM leaves null', () =>
    withMigrations(async folder => {
      // as an earlier version, or stock MikroORM, made it
      await folder.query(`create table mikro_orm_migrations (id serial primary key, name varchar(255), executed_at timestamptz default now());
        insert into mikro_orm_migrations (name) values ('0000_a.ts')`);
      await folder.write('0000_a', '');
      await folder.write('0001_b', `this.addSql('create table b (n int)');`);
      await folder.migrate(migrator => migrator.up());
      const [old, record] = await folder.query(RECORDS);
      expect(old).to.deep.equal({ name: '0000_a.ts', file_hash: null, checksum: null, duration_ms: null });
      expect(record?.file_hash).to.match(/^[0-9a-f]{64}$/);
      expect(record?.checksum)
        .to.match(/^[0-9a-f]{64}$/)
        .and.not.to.equal(record?.file_hash);
      expect(record?.duration_ms).to.be.within(0, 60_000);
      await withStockMigrator(folder.url, async stock => {
        expect((await stock.getExecuted()).map(({ name }) => name)).to.deep.equal(['0000_a.ts', '0001_b']);
        await stock.up();
        expect(await folder.executed()).to.deep.equal(['0000_a.ts', '0001_b', 'stock']);
        expect((await folder.query('select n from b, stock')).length).to.equal(0);
        await stock.down();
      });
      await folder.migrate(migrator => migrator.down());
      expect(await folder.executed()).to.deep.equal(['0000_a.ts']);
    }));
});

describe('migrations that are not what has run', () => {
  const create = (table: string): string => `this.addSql('create table ${table} (n int)');`;
  const failure = async (folder: MigrationsFolder, method: 'up' | 'down' | 'checkSchema' = 'up'): Promise<string> => {
    const run = (migrator: OnlineMigrator): Promise<unknown> => migrator[method]();
    const error = (await folder.migrate(run).catch(caught => caught)) as MigrationError;
    expect(error).to.be.instanceOf(MigrationError);
    expect(error.exitCode).to.equal(2);
    return renderError(error);
  };

  it('are named before anything runs when they were edited, and not for their layout', () =>
    withMigrations(async folder => {
      await folder.write('0000_a', create('a'), { down: `this.addSql('drop table if exists a');` });
      await folder.migrate(migrator => migrator.up());
      const hash = async (): Promise<unknown> => (await folder.query(RECORDS))[0]?.file_hash;
      const before = await hash();
      await folder.write('0000_a', `/* laid out anew */ this.addSql('CREATE TABLE a\\n (N int) -- n');`, {
        down: `this.addSql('drop table if exists a;');`,
      });
      await folder.migrate(migrator => migrator.up());
      expect(await hash()).to.not.equal(before);
      await folder.write('0000_a', create('a'));
      await folder.write('0001_b', create('b'));
      for (const method of ['up', 'down', 'checkSchema'] as const) {
        expect(await failure(folder, method)).to.match(
          /^Executed migrations were changed\n\n {2}0000_a {2}changed after/,
        );
      }
      expect(await folder.executed()).to.deep.equal(['0000_a']);
    }));

  it('are named when their file is gone, in the middle too, and when they are pending below one that has run', () =>
    withMigrations(async folder => {
      for (const name of ['0000_a', '0001_b', '0003_d', '0002_c']) {
        await folder.write(name, create(name.slice(5)), {
          down: `this.addSql('drop table if exists ${name.slice(5)}');`,
        });
      }
      await folder.migrate(migrator => migrator.up(['0000_a', '0001_b', '0003_d']));
      const outOfOrder = await failure(folder);
      expect(outOfOrder)
        .to.match(
          /^Pending migrations are numbered below one that has run\n\n {2}0002_c {2}pending, and 0003_d has run\n/,
        )
        .and.to.include('--allow-out-of-order');
      expect(await failure(folder, 'checkSchema')).to.equal(outOfOrder.replace('run.\n\n', 'changed.\n\n'));
      await folder.query(`update mikro_orm_migrations set checksum = 'x', file_hash = 'x' where name = '0000_a'`);
      expect(await failure(folder)).to.match(
        /^The migration files do not fit [\s\S]+0000_a {2}changed[\s\S]+0002_c {2}pending/,
      );
      await folder.query(`update mikro_orm_migrations set checksum = null where name = '0000_a'`);
      process.env.MIGRATE_ALLOW_OUT_OF_ORDER = '1';
      try {
        await folder.migrate(migrator => migrator.up());
      } finally {
        delete process.env.MIGRATE_ALLOW_OUT_OF_ORDER;
      }
      expect(await folder.executed()).to.deep.equal(['0000_a', '0001_b', '0003_d', '0002_c']);

      await folder.remove('0001_b');
      for (const method of ['up', 'down', 'checkSchema'] as const) {
        expect(await failure(folder, method)).to.match(
          /^Executed migrations are missing here\n\n {2}0001_b {2}has run/,
        );
      }
      await folder.write('0001_b', create('b'), { down: `this.addSql('drop table if exists b');` });
      await folder.remove('0003_d');
      expect(await failure(folder))
        .to.include('0003_d  has run')
        .and.to.include('--allow-missing');
      process.env.MIGRATE_ALLOW_MISSING = '1';
      try {
        await folder.migrate(migrator => migrator.up());
      } finally {
        delete process.env.MIGRATE_ALLOW_MISSING;
      }
      expect(await folder.executed()).to.have.lengthOf(4);
    }));
});

describe('npm run migrate:repair', () => {
  it('takes over what was changed, forgets what is gone, and takes a rollup for what it merged', async () => {
    await using database = await createTestDatabase();
    await using project = await createProject(database.url);
    const file = (name: string): string => join(project.directory, 'migrations', `${name}.ts`);
    const write = (name: string, up: string): Promise<void> => writeFile(file(name), source(name, up));
    const query = async (sql: string): Promise<Record<string, unknown>[]> =>
      (await withClient(database.url, client => client.query(sql))).rows;
    for (const name of ['0000_a', '0001_b', '0002_c', '0003_d']) {
      await write(name, `create table ${name.slice(5)} (n int)`);
    }
    expect((await project.sunschool('migrate:up')).code).to.equal(0);
    expect(await project.sunschool('migrate:repair')).to.deep.include({
      code: 0,
      stdout: 'Nothing to do: the records fit the files.\n',
    });
    const before = await query(RECORDS);

    // as another database finds it, where the rollup was made elsewhere
    await rm(file('0000_a'));
    await rm(file('0001_b'));
    const merged = '// --- merged from 0000_a ---\n// --- merged from 0001_b ---';
    await writeFile(
      file('0001_rollup_from_0000'),
      `${source('0001_rollup_from_0000', 'create table a (n int)')}${merged}\n`,
    );
    await write('0002_c', 'create table c (n bigint)');
    await rm(file('0003_d'));
    const refused = await project.sunschool('migrate:repair');
    expect(refused.code).to.equal(2);
    expect(refused.stdout).to.equal(`0002_c  changed after it ran: its record takes over what the file lists now
0001_rollup_from_0000  merges 0000_a, 0001_b: recorded in their place
0003_d  has no file here: its record goes, what it made stays
`);
    expect(refused.stderr)
      .to.match(/^Not repaired\n/)
      .and.to.include('npm run migrate:repair -- --yes');
    expect(await query(RECORDS)).to.deep.equal(before);

    await query(
      `insert into mikro_orm_migrations_journal (migration, method, position, sql) values ('0003_d', 'down', 0, 'x')`,
    );
    expect((await project.sunschool('migrate:repair', '2', '--yes')).stdout).to.include('1 record repaired');
    expect((await project.sunschool('migrate:repair', '--yes')).stdout).to.include('2 records repaired');
    const after = await query(RECORDS);
    expect(after.map(({ name }) => name)).to.deep.equal(['0002_c', '0001_rollup_from_0000']);
    expect(after[0]?.checksum).to.be.a('string').and.not.to.equal(before[2]?.checksum);
    expect(after[1]?.checksum).to.be.a('string');
    expect(await query('select * from mikro_orm_migrations_journal')).to.deep.equal([]);
    expect(await query('select 1 from a, c, d')).to.deep.equal([]);
    await write('0000_late', 'create table late (n int)');
    expect((await project.sunschool('migrate:up')).stderr).to.include('0000_late  pending, and 0002_c has run');
    expect((await project.sunschool('migrate:up', '--allow-out-of-order')).code).to.equal(0);
    await rm(file('0000_late'));
    expect((await project.sunschool('migrate:up')).code).to.equal(2);
    expect((await project.sunschool('migrate:up', '--allow-missing')).code).to.equal(0);
  });
});

async function withStockMigrator(url: string, work: (stock: Migrator) => Promise<void>): Promise<void> {
  class Stock extends Migration {
    override up(): void {
      this.addSql('create table stock (m int)');
    }
    override down(): void {
      this.addSql('drop table stock');
    }
  }
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: [{ name: 'stock', class: Stock }], silent: true, snapshot: false },
  });
  try {
    await work(orm.migrator as unknown as Migrator);
  } finally {
    await orm.close(true);
  }
}

function source(name: string, up: string): string {
  return `import { OnlineMigration } from '${repository}/src/index.ts';
    export class M extends OnlineMigration {
      override readonly name = '${name}';
      override up(): void { this.addSql(\`${up}\`); }
      override down(): void {}
    }
`;
}
