import { expect } from 'chai';
import { MigrationError, renderError } from '../../src/errors.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';

const TABLE = `this.addSql('create table lessons (id int primary key, subject text)');`;

describe('a migration written by hand', () => {
  it('is refused before anything runs when a statement is not online, with the online form', () =>
    withMigrations(async folder => {
      await folder.write('0000_lessons', TABLE);
      await folder.migrate(migrator => migrator.up());
      await folder.write('0001_first', `this.addSql('alter table lessons add column a int');`);
      await folder.write(
        '0002_index',
        `this.addSql('select 1'); this.addSql('create index "i" on "lessons" ("subject")');`,
      );
      const error = await failureOf(folder);
      expect(error.exitCode).to.equal(2);
      expect(renderError(error)).to.equal(`Unsafe migration: 0002_index, statement 2 of 2

  create index "i" on "lessons" ("subject")

  What happens   PostgreSQL holds a SHARE lock on "lessons" while it builds the index.
  Why it hurts   Every insert, update and delete on "lessons" waits until the build ends.
  What to do     create index concurrently if not exists "i" on "lessons" ("subject")
  What is left   Nothing was run.

  rule index-concurrently · docs/rules/index-concurrently.md`);
      expect(await folder.executed()).to.deep.equal(['0000_lessons']);
    }));

  it('is judged in the same way when it extends MikroORM’s own Migration, and on the way down', () =>
    withMigrations(async folder => {
      await folder.write('0000_lessons', TABLE);
      await folder.write(
        '0001_plain',
        `this.addSql('create index concurrently if not exists i on lessons (subject)');`,
        {
          base: 'Migration',
          down: `this.addSql('drop index i');`,
        },
      );
      await folder.migrate(migrator => migrator.up());
      const error = await failureOf(folder, 'down');
      expect(error.explanation.title).to.equal('Unsafe migration: 0001_plain, statement 1 of 1');
      expect(error.explanation.reference).to.include('drop-index-concurrently');
      expect(await folder.executed()).to.deep.equal(['0000_lessons', '0001_plain']);
    }));

  it('runs what a person assumes to be safe', () =>
    withMigrations(async folder => {
      await folder.write('0000_lessons', TABLE);
      await folder.write(
        '0001_index',
        `this.assumeSafe('lessons has ten rows', 'create index i on lessons (subject)');`,
      );
      await folder.migrate(migrator => migrator.up());
      expect(await folder.query(`select indexname from pg_indexes where indexname = 'i'`)).to.have.lengthOf(1);
    }));

  it('may read while it lists its statements, and not write', () =>
    withMigrations(async folder => {
      await folder.write('0000_lessons', TABLE);
      await folder.migrate(migrator => migrator.up());
      await folder.write(
        '0001_reads',
        `const [{ n }] = await this.execute('select count(*)::int + 40 as n from lessons'); this.addSql(\`alter table lessons add column "c\${n}" int\`);`,
        { header: 'await Promise.resolve();\n' },
      );
      await folder.migrate(migrator => migrator.up());
      expect(await folder.query('select c40 from lessons')).to.deep.equal([]);
      await folder.write('0002_writes', `await this.execute('insert into lessons values (1)');`);
      expect((await failureOf(folder)).message).to.match(/read-only transaction/);
      await folder.remove('0002_writes');
      await folder.write(
        '0002_manager',
        `const em = this.getEntityManager();
        const [{ n }] = await em.fork().execute('select count(*)::int + 50 as n from lessons');
        const [{ m }] = await em.getConnection().execute('select count(*)::int as m from lessons');
        this.addSql(\`alter table lessons add column "c\${n + m}" int\`);`,
      );
      await folder.migrate(migrator => migrator.up());
      expect(await folder.query('select c50 from lessons')).to.deep.equal([]);
      const insert = `execute('insert into lessons values (1)')`;
      for (const write of [
        `em.${insert}`,
        `em.getConnection().${insert}`,
        `em.fork().${insert}`,
        `em.transactional(inner => inner.${insert})`,
        `this.${insert}`,
      ]) {
        await folder.write('0003_writes', `const em = this.getEntityManager(); await ${write};`);
        expect((await failureOf(folder)).message, write).to.match(/read-only transaction/);
        await folder.remove('0003_writes');
      }
      expect(await folder.query('select * from lessons')).to.deep.equal([]);
    }));

  it('is refused where it cannot be loaded, or PostgreSQL cannot read a statement', () =>
    withMigrations(async folder => {
      await folder.write('0000_import', TABLE, { header: `import './nothing.ts';\n` });
      expect((await failureOf(folder)).explanation.happens).to.match(/^It cannot be loaded: Cannot find module/);
      await folder.remove('0000_import');
      await folder.write('0000_typo', `this.addSql('create tabel x ()');`);
      const error = await failureOf(folder);
      expect(error.explanation.title).to.equal('Bad statement: 0000_typo, statement 1 of 1');
      expect(error.explanation.happens).to.include('syntax error at or near "tabel"');
    }));
});

async function failureOf(folder: MigrationsFolder, method: 'up' | 'down' = 'up'): Promise<MigrationError> {
  const error = await folder.migrate(migrator => migrator[method]()).catch(caught => caught);
  expect(error).to.be.instanceOf(MigrationError);
  return error;
}
