import { expect } from 'chai';
import { postgresError } from '../../src/errors.ts';
import { protect, unprotect } from '../../src/server/protect.ts';
import { withClient } from '../support/database.ts';
import { createMigratorDatabase } from '../support/migrator-role.ts';
import { withSunschool } from '../support/orm.ts';
import { OLDER_POSTGRES } from '../support/server.ts';

describe('a role without superuser that owns nothing but its own tables', () => {
  for (const major of [undefined, ...OLDER_POSTGRES]) {
    it(`is enough for all commands on ${major === undefined ? 'the newest PostgreSQL' : `PostgreSQL ${major}`}`, async () => {
      await using database = await createMigratorDatabase({ major });
      await withSunschool(database.url, async (orm, migrator) => {
        expect(await migrator.getPending()).to.not.deep.equal([]);
        await migrator.up();
        await protect(orm.driver.getConnection(), {});
        await unprotect(orm.driver.getConnection());
        await migrator.down();
        await migrator.up();
        const { name = '' } = (await migrator.getExecuted()).at(-1) ?? {};
        await orm.driver.execute('delete from mikro_orm_migrations where name = ?', [name]);
        await migrator.logMigration(name);
        expect(await migrator.checkSchema()).to.equal(false);
        await orm.schema.update();
        await migrator.down({ to: 0 });
        await orm.schema.drop({ dropMigrationsTable: true });
        await migrator.up();
        // the tables of others have rows: a release may be running
        const waiting = (await migrator.getWaiting()).map(({ name }) => name);
        expect((await migrator.getPending()).map(({ name }) => name)).to.deep.equal(waiting);
      });
      const others = `select to_regclass('payments') is not null and to_regclass('payment_sums') is not null
        and to_regclass('billing.invoices') is not null and to_regtype('currency') is not null as "areThere"`;
      const { rows } = await withClient(database.admin.url, client => client.query(others));
      expect(rows).to.deep.equal([{ areThere: true }]);
    });
  }

  it('is told who blocks it also where it may not see what that session does', async () => {
    await using database = await createMigratorDatabase();
    await withSunschool(database.url, async (_orm, migrator) => {
      await migrator.up({ to: 10 });
      await withClient(database.admin.url, async blocker => {
        await blocker.query('begin; select from users');
        process.env.MIGRATE_LOCK_PATIENCE_MS = '200';
        const failure = await migrator
          .up()
          .catch(error => error)
          .finally(() => delete process.env.MIGRATE_LOCK_PATIENCE_MS);
        const { rows } = await blocker.query('select pg_backend_pid() as pid');
        expect(postgresError(failure)?.code).to.equal('55P03');
        expect(failure.explanation.happens).to.include(`pid ${rows[0].pid}`).and.not.include('null');
      });
    });
  });
});
