import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTestDatabase, withClient } from '../support/database.ts';
import { createProject, repository } from '../support/project.ts';
import { findTerminal, runOnTerminal } from '../support/pseudo-terminal.ts';

describe('npm run migrate on a terminal', () => {
  it('draws how far a backfill is, and whom a concurrent build waits for', async function () {
    const spawn = await findTerminal();
    if (!spawn) {
      this.skip();
    }
    await using database = await createTestDatabase();
    await using project = await createProject(database.url);
    await writeFile(join(project.directory, 'migrations', '0000_fill.ts'), SOURCE);
    await withClient(database.url, async holder => {
      await holder.query(`create table t (id int, v int, filler text);
        insert into t select n, null, repeat('x', 200) from generate_series(1, 40000) n`);
      await holder.query(`set application_name = 'the report'; begin; lock table t in row exclusive mode`);
      let released: Promise<unknown> | undefined;
      const { code, screen } = await runOnTerminal(spawn, [join(repository, 'src/cli/main.ts'), 'migrate:up'], {
        cwd: project.directory,
        env: { ...process.env, DATABASE_URL: database.url, MIGRATE_MAX_ROWS_PER_SECOND: '40000' },
        onScreen: seen => {
          if (seen.includes('waits for pid')) {
            released ??= holder.query('commit');
          }
        },
      });
      await released;
      expect(code, screen).to.equal(0);
      expect(screen).to.match(
        /1\/2 backfill t \[=*-+\] \d+ %, [\d,]+ of [\d,]+ rows, [\d,]+ rows\/s, \d s left(, pauses: at most 40000 rows\/s)?/,
      );
      expect(screen).to.match(
        /2\/2 create index i on t \(id\) .+ waiting for writers before build, waits for pid \d+ \(the report, .*idle in transaction/,
      );
      expect(screen).to.match(/1\/2 update "t" .+40,000 rows, \d+ ms\)/);
      expect(screen).to.match(/executed 0000_fill in \d+ ms/);
    });
  });
});

const SOURCE = `import { OnlineMigration } from '${repository}/src/index.ts';
export class M extends OnlineMigration {
  override readonly name = '0000_fill';
  override up(): void {
    this.backfill('t', { set: { v: 1 }, where: 'v is null' });
    this.addSql('create index concurrently if not exists i on t (id)');
  }
}
`;
