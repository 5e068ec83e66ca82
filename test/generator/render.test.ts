import { expect } from 'chai';
import { renderMigration } from '../../src/generator/render.ts';

const source = {
  recordedName: '0007_x',
  purpose: 'Say it',
  date: '2026-11-23',
  rollback: 'drop x; the rows of x are lost',
  importFrom: '../src/index.ts',
  language: 'ts',
  up: [],
  down: [],
} as const;

describe('the source of a migration', () => {
  it('is header, class, up and down', () => {
    expect(
      renderMigration({ ...source, up: [{ sql: 'create table "x" ()' }], down: [{ sql: 'drop table "x"' }] }),
    ).to.equal(`/**
 * Migration: 0007_x
 * Purpose: Say it
 * Date: 2026-11-23
 * Rollback: drop x; the rows of x are lost
 */
import { OnlineMigration } from '../src/index.ts';

export class Migration0007X extends OnlineMigration {
  override readonly name = '0007_x';

  override up(): void {
    this.addSql(\`create table "x" ()\`);
  }

  override down(): void {
    this.addSql(\`drop table "x"\`);
  }
}
`);
  });

  it('gives each column of a long table a line of its own', () => {
    const columns = `"a" text not null default 'a,(b', "b" numeric(10, 2) check (b in (1, 2)), "c, (" text null`;
    const text = renderMigration({ ...source, up: [{ sql: `create table "a table with a long name" (${columns})` }] });
    expect(text).to.include(`create table "a table with a long name" (
      "a" text not null default 'a,(b',
      "b" numeric(10, 2) check (b in (1, 2)),
      "c, (" text null
    )\`);`);
  });

  it('keeps statements as they are through backticks, backslashes and placeholders', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what is tested
    const sql = "select '`', '\\n', '${x}', $1, \"it's\"";
    const { default: up } = await import(
      `data:text/javascript,${encodeURIComponent(bodyOf(renderMigration({ ...source, up: [{ sql }] })))}`
    );
    expect(up()).to.deep.equal([sql]);
  });

  it('says of a swap what it locks, where it locks a table', () => {
    const rename = { sql: 'alter index "a" rename to "b"', swap: 'x', locks: [] };
    const drop = {
      sql: 'alter table "x" drop column "c"',
      swap: 'y',
      locks: [{ table: 'y', mode: 'ACCESS EXCLUSIVE' }],
    } as const;
    expect(renderMigration({ ...source, up: [rename, drop] }))
      .to.include('    // swap: in one transaction\n')
      .and.include('    // swap: ACCESS EXCLUSIVE on y, for a moment, in one transaction\n');
  });

  it('cannot be ended by its own header', () => {
    const text = renderMigration({ ...source, purpose: 'a */ process.exit() /* b' });
    expect(text.indexOf('*/')).to.equal(text.indexOf(' */\nimport') + 1);
  });

  it('is plain JavaScript where asked', () => {
    const text = renderMigration({ ...source, language: 'js', up: [{ sql: 'select 1' }] });
    expect(text).to.include("  name = '0007_x';").and.to.include('  up() {').and.not.to.include('override');
  });
});

/** `up` as a function that gives what it adds. */
function bodyOf(text: string): string {
  const body = text.slice(text.indexOf('void {') + 'void {'.length, text.lastIndexOf('  }\n}'));
  return `export default function () { const sql = []; this_: { ${body.replaceAll('this.addSql', 'sql.push')} } return sql; }`;
}

describe('the header of a migration that drops', () => {
  it('says what is lost', () => {
    expect(renderMigration({ ...source, loses: 'the values of lessons.category' })).to.include(
      ' * Loses: the values of lessons.category\n * Rollback:',
    );
  });
});
