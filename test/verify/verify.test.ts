import { defineEntity, type EntitySchema, p } from '@mikro-orm/core';
import { expect } from 'chai';
import { protect } from '../../src/server/protect.ts';
import { checkSql } from '../../src/verify/check-sql.ts';
import type { Finding, VerifyReport } from '../../src/verify/report.ts';
import { addColumn, LEARNERS, type School, withSchool } from './school.ts';

describe('migrate:verify', () => {
  for (const major of [undefined, 15] as const) {
    it(`proves what is pending, on rows that it makes, on PostgreSQL ${major ?? 18}`, async () => {
      const entities = [entity({ grade: p.integer().nullable().index('grades') })];
      const prove = async ({ verify, folder }: School): Promise<VerifyReport> => {
        const proved = await verify({ crash: major === undefined });
        expect(await folder.query(`select from pg_class where relname = 'learners'`), 'in the database').to.be.empty;
        return proved;
      };
      const report = await withSchool([LEARNERS, FILL, INDEX], prove, { entities, major });
      expect(report.findings).to.deep.equal([]);
      expect([report.exitCode, report.postgres]).to.deep.equal([0, major ?? 18]);
      expect(report.migrations.map(({ name, rows }) => [name, rows])).to.deep.equal([
        ['0000_learners', 0],
        ['0001_fill', 50],
        ['0002_grade_index', 50],
      ]);
      for (const { outcomes } of report.migrations) {
        const { crash, ...others } = outcomes;
        expect(Object.values(others)).to.deep.equal(Object.keys(others).map(() => 'proved'));
        expect(crash).to.equal(major === undefined ? 'proved' : 'left out');
      }
      const [fill, index] = report.migrations.slice(1).flatMap(({ steps }) => steps);
      expect(fill).to.deep.include({ method: 'up', scanned: ['learners'], locks: [lock('ROW EXCLUSIVE')] });
      expect(index).to.deep.include({ method: 'up', rewritten: [], locks: [lock('SHARE UPDATE EXCLUSIVE')] });
    });
  }

  it('proves only what is pending', () =>
    withSchool([LEARNERS], async ({ verify, folder }) => {
      await folder.migrate(migrator => migrator.up());
      const { exitCode, migrations } = await verify();
      expect([exitCode, migrations]).to.deep.equal([0, []]);
    }));

  it('says so where squawk is not installed, and goes on', async () => {
    const { isDone, findings } = await checkSql([], { cwd: '/nowhere', postgres: 18 });
    expect([isDone, titles(findings)]).to.deep.equal([false, ['squawk is not installed, skipped']]);
    expect(findings[0]?.severity).to.equal('note');
  });

  it('refuses the server of a protected database', () =>
    withSchool([LEARNERS], async ({ verify, folder }) => {
      await folder.migrate(async migrator => {
        const { driver } = await migrator.project();
        await protect(driver.getConnection(), { stagingFirst: false });
      });
      const refusal = await verify().catch(error => error);
      expect(refusal.exitCode).to.equal(2);
      expect(refusal.explanation.happens).to.equal('SHADOW_DATABASE_URL names the server of the protected database.');
      const { SHADOW_DATABASE_URL: shadow } = process.env;
      process.env.SHADOW_DATABASE_URL = folder.url;
      const another = await verify().catch(error => error);
      process.env.SHADOW_DATABASE_URL = shadow;
      expect(another.explanation.happens).to.equal('The database that SHADOW_DATABASE_URL names is protected.');
    }));

  describe('on a migration that is bad', () => {
    let report: VerifyReport;
    before(async () => {
      report = await withSchool([LEARNERS, ...BAD], ({ verify }) => verify(), { entities: [] });
    });
    const about = (name: string): Finding[] => report.findings.filter(({ migration }) => migration === name);

    it('ends with 1', () => {
      expect(report.exitCode).to.equal(1);
    });

    it('finds a lock that no rule knows of', () => {
      const [found, ...more] = about('0001_hidden').filter(({ check }) => check === 'locks');
      expect(more).to.deep.equal([]);
      expect(found?.line, 'its line').to.equal(10);
      expect(found?.explanation).to.include({
        title: 'Unsafe lock: 0001_hidden, up, step 1',
        subject: 'select touch()',
        happens: 'It takes SHARE ROW EXCLUSIVE on learners; its plan says nothing of it.',
        hurts: 'Every insert, update and delete on learners waits meanwhile.',
      });
    });

    it('finds what cannot be taken back', () => {
      expect(titles(about('0002_one_way'))).to.deep.equal(['0002_one_way cannot be taken back']);
      expect(titles(about('0003_throws'))).to.deep.equal(['0003_throws cannot be taken back']);
    });

    it('finds a down that leaves something, or that loses values without saying so', () => {
      const [half, ...more] = about('0004_half');
      expect(more).to.deep.equal([]);
      expect(half?.explanation).to.include({
        title: '0004_half does not take back what it does',
        subject: 'column learners.b is there',
      });
      const [lossy, ...others] = about('0005_lossy');
      expect(others).to.deep.equal([]);
      expect(lossy?.explanation).to.include({
        title: '0005_lossy loses values without saying so',
        subject: 'learners.grade: other values',
      });
      expect(about('0006_said')).to.deep.equal([]);
    });

    it('shows what a person holds for safe, and lets it through', () => {
      const [found, ...more] = about('0007_assumed');
      expect(more).to.deep.equal([]);
      expect(found).to.include({ severity: 'note', check: 'locks' });
      expect(found?.explanation.happens).to.equal('It holds SHARE on learners while it reads the whole table.');
    });

    it('finds what is not validated at the end', () => {
      const [found] = report.findings.filter(({ check }) => check === 'left over');
      expect(found?.explanation.subject).to.equal(
        'a constraint that is not validated: learners.positive, since 0008_open',
      );
    });

    it('has squawk look at the SQL, and reads the header', () => {
      const [squawk] = about('0009_char');
      expect(squawk?.check).to.equal('squawk');
      expect(squawk?.explanation.reference).to.equal('squawk ban-char-field · docs/verify.md');
      const header = about('0010_nameless').find(({ check }) => check === 'header');
      expect(header?.explanation.subject).to.equal('Rollback: is missing');
    });
  });

  it('stops at a statement that the rules refuse', async () => {
    const plain = { name: '0001_plain', up: `this.addSql('create index i on learners (grade)');` };
    const report = await withSchool([LEARNERS, plain, addColumn('0002_x', 'x')], ({ verify }) => verify());
    const [found] = report.findings.filter(({ check }) => check === 'up');
    expect(found?.explanation).to.deep.include({
      title: 'Unsafe migration: 0001_plain, statement 1 of 1',
      hurts: 'Every insert, update and delete on "learners" waits until the build ends.',
    });
    expect(report.notReached).to.deep.equal(['0002_x']);
  });

  it('stops at a file that cannot say what it does, or whose SQL PostgreSQL refuses', async () => {
    const findTitle = async (up: string): Promise<string | undefined> => {
      const bad = { name: '0000_x', up, down: `this.addSql('select 1')` };
      const { findings } = await withSchool([bad], ({ verify }) => verify());
      return titles(findings)[0];
    };
    expect(await findTitle(`throw new Error('what?');`)).to.equal('Cannot list the statements of 0000_x, up');
    expect(await findTitle(`this.addSql('creat table x (id int)');`)).to.match(/^Bad statement: 0000_x/);
  });

  it('finds a number that is taken twice, and a file that was edited after it ran', () =>
    withSchool([LEARNERS], async ({ verify, folder }) => {
      await folder.migrate(migrator => migrator.up());
      await folder.write('0000_learners', LEARNERS.up.replace('40', '41'), { down: LEARNERS.down });
      await folder.write('0000_again', `this.addSql('select 1');`, { down: `this.addSql('select 1');` });
      const { exitCode, findings } = await verify();
      expect(exitCode).to.equal(1);
      expect(titles(findings)).to.include.members([
        'The migrations are not numbered one after the other',
        'Executed migrations were changed',
      ]);
    }));

  it('finds entities without a migration, and asks a person where only that one knows', async () => {
    const proved = async ({ verify, folder }: School): Promise<VerifyReport> => {
      await folder.migrate(migrator => migrator.up());
      return await verify();
    };
    const drifted = await withSchool([LEARNERS], proved, { entities: [entity({ phone: p.text().nullable() })] });
    const [found] = drifted.findings;
    expect([drifted.exitCode, found?.check]).to.deep.equal([1, 'entities']);
    expect(found?.explanation.subject).to.match(/alter table "learners" add "phone" text null/);
    const asked = await withSchool([LEARNERS, addColumn('0001_phone', 'phone')], proved);
    expect(asked.exitCode).to.equal(2);
    expect(asked.findings.map(({ explanation }) => explanation.subject)).to.deep.equal([
      'learners.phone is described no more: dropped, or kept?',
    ]);
    process.env.MIGRATE_KEEP = 'learners.phone';
    const kept = await withSchool([LEARNERS, addColumn('0001_phone', 'phone')], proved);
    delete process.env.MIGRATE_KEEP;
    expect(kept.findings).to.deep.equal([]);
  });

  it('finds one that does not go on when it was killed', async () => {
    const fickle = {
      name: '0001_fickle',
      up: `const [{ there }] = await this.execute("select to_regclass('notes') is not null as there");
        this.addSql(there ? 'create table if not exists others (id int primary key)' : 'create table if not exists notes (id int primary key)');
        this.addSql('create index concurrently if not exists i_grade on learners (grade)');
        this.addSql('create index concurrently if not exists i_email on learners (email)');`,
      down: `this.addSql('drop index concurrently if exists i_email');
        this.addSql('drop index concurrently if exists i_grade');
        this.addSql('drop table if exists notes');`,
    };
    const { findings } = await withSchool([LEARNERS, fickle], ({ verify }) => verify({ crash: true }));
    expect(titles(findings)).to.include('0001_fickle was changed after it stopped half-way');
  });
});

function titles(findings: readonly Finding[]): string[] {
  return findings.map(({ explanation }) => explanation.title);
}

function lock(mode: string) {
  return { table: 'learners', isPartition: false, claimed: mode, mode };
}

function entity(more: Record<string, unknown>): EntitySchema {
  const properties = {
    id: p.integer().primary(),
    email: p.string().length(40).unique(),
    grade: p.integer().nullable(),
  };
  return defineEntity({ name: 'Learner', tableName: 'learners', properties: { ...properties, ...more } }) as never;
}

const FILL = {
  name: '0001_fill',
  up: `this.backfill('learners', { set: { grade: 5 }, where: 'grade is null' });`,
};

const INDEX = {
  name: '0002_grade_index',
  up: `this.addSql('create index concurrently if not exists grades on learners (grade)');`,
  down: `this.addSql('drop index concurrently if exists grades');`,
};

const BAD = [
  {
    name: '0001_hidden',
    up: `this.addSql('select touch()');`,
    down: `this.addSql('select 1');`,
  },
  { name: '0002_one_way', up: `this.addSql('alter table learners add column if not exists a int');` },
  {
    name: '0003_throws',
    up: `this.addSql('alter table learners add column if not exists z int');`,
    down: `throw new Error('there is no way back');`,
  },
  {
    name: '0004_half',
    up: `this.addSql('alter table learners add column if not exists b int');
      this.addSql('alter table learners add column if not exists c int');`,
    down: `this.addSql('alter table learners drop column if exists c');`,
  },
  {
    name: '0005_lossy',
    up: `this.backfill('learners', { set: { grade: 0 }, where: 'grade <> 0' });`,
    down: `this.backfill('learners', { set: { grade: 1 }, where: 'grade = 0' });`,
  },
  {
    name: '0006_said',
    up: `this.backfill('learners', { set: { grade: 7 }, where: 'grade <> 7' });`,
    down: `this.backfill('learners', { set: { grade: 8 }, where: 'grade = 7' });`,
    rollback: 'sets grades; the values of learners.grade are lost',
  },
  {
    name: '0007_assumed',
    up: `this.assumeSafe('the table is small', 'create index if not exists i on learners (email)');`,
    down: `this.addSql('drop index concurrently if exists i');`,
  },
  {
    name: '0008_open',
    up: `this.addSql('alter table learners add constraint positive check (id > 0) not valid');`,
    down: `this.addSql('alter table learners drop constraint if exists positive');`,
  },
  {
    name: '0009_char',
    up: `this.addSql('create table codes (id int primary key, code char(3))');`,
    down: `this.addSql('drop table if exists codes');`,
  },
  { ...addColumn('0010_nameless', 'd'), rollback: '' },
];
