import { expect } from 'chai';
import type { ExplainedError } from '../../src/errors.ts';
import { createTestDatabase, withClient } from '../support/database.ts';
import { withMigrations } from '../support/migrations.ts';
import { startTransactionPooler } from '../support/transaction-pooler.ts';

/** What the connections of the pooler did last. A setting, or its end, would meet those who are handed the same connection next. */
const LAST = `select query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;

describe('migration:up through a pooler in transaction mode', () => {
  afterEach(() => {
    delete process.env.DIRECT_DATABASE_URL;
  });

  it('is refused before anything is set, and goes past it with DIRECT_DATABASE_URL', async () => {
    await using database = await createTestDatabase();
    await using other = await createTestDatabase();
    await using pooler = await startTransactionPooler(database.url);
    const through = new URL(database.url);
    through.port = String(pooler.port);
    const url = through.href;
    await withMigrations(
      async folder => {
        await folder.write('0000_a', `this.addSql('create table a (n int)');`);
        await folder.write('0001_i', `this.addSql('create index concurrently if not exists i on a (n)');`);
        const failure = (): Promise<ExplainedError> =>
          folder
            .migrate(migrator => migrator.up())
            .then(
              () => expect.fail('it ran'),
              error => error,
            );
        const refused = await failure();
        expect(refused.exitCode).to.equal(2);
        expect(refused.explanation.title).to.equal('Migrations cannot run through this pooler');
        expect(refused.explanation.remedy).to.include('  DIRECT_DATABASE_URL=postgresql://… npm run migrate');
        expect(await folder.query(`select to_regclass('mikro_orm_migrations') as made`)).to.deep.equal([
          { made: null },
        ]);

        const last = await withClient(database.url, client => client.query(LAST));
        expect(last.rows.map(({ query }) => query).filter(query => /set_config/.test(query))).to.deep.equal([]);

        process.env.DIRECT_DATABASE_URL = other.url;
        expect((await failure()).explanation.title).to.equal('DIRECT_DATABASE_URL is another database');

        process.env.DIRECT_DATABASE_URL = database.url;
        await folder.migrate(migrator => migrator.up());
        expect(await folder.executed()).to.deep.equal(['0000_a', '0001_i']);
      },
      { url },
    );
  });
});
