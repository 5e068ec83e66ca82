import { join } from 'node:path';
import { expect } from 'chai';
import { withDatabase } from '../support/database.ts';
import { listOf, loadMigrations } from '../support/listed.ts';
import { withSunschool } from '../support/orm.ts';
import { repository } from '../support/project.ts';
import { lint, type SqlFile } from '../support/squawk.ts';

describe('squawk', () => {
  it('has nothing to say about the history', async () => {
    const files: SqlFile[] = [];
    await withDatabase(({ url }) =>
      withSunschool(url, async orm => {
        for (const migration of await loadMigrations(join(repository, 'migrations'))) {
          for (const method of ['up', 'down'] as const) {
            const statements = await listOf(migration, method, orm);
            files.push({ name: `${migration.name}/${method}`, statements, major: 18 });
          }
        }
      }),
    );
    expect(files.length, 'files').to.be.greaterThan(10);
    expect(await lint(files)).to.deep.equal([]);
  });

  it('warns of statements that are not online', async () => {
    const sql = ['create index i on t (a)', 'alter table t add constraint c check (a > 0)'];
    const statements = sql.map(statement => ({ sql: statement }));
    expect((await lint([{ name: 'by hand', statements, major: 18 }])).map(({ rule }) => rule)).to.deep.equal([
      'require-concurrent-index-creation',
      'constraint-missing-not-valid',
    ]);
  });
});
