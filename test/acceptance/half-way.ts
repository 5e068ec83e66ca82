/** Takes back a change that stopped before each of its statements, on a real database with rows. */
import { expect } from 'chai';
import { settleWording } from '../../src/catalog/settle-wording.ts';
import { catalogOf } from '../support/catalogs.ts';
import { withClient, withDatabase } from '../support/database.ts';
import type { OlderPostgres } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type AcceptanceCase, makeProject, readRows, runAll, withDecisions, withMigrator } from './harness.ts';

/** @throws AssertionError naming the statement that the change had stopped before. */
export async function proveHalfWay(testCase: AcceptanceCase, { major }: { major?: OlderPostgres } = {}): Promise<void> {
  using folder = temporaryFolder();
  const migrations = await makeProject(folder.path, testCase);
  await withDatabase(
    async ({ url }) => {
      const at = { url, migrations };
      await withMigrator({ ...at, entities: testCase.before }, async migrator => {
        await migrator.create(undefined, false, false, 'before');
        await migrator.up();
      });
      await withClient(url, client => client.query(testCase.rows));
      const readAll = async () => {
        const { enums, ...catalog } = settleWording(await catalogOf(url));
        // what PostgreSQL cannot take back
        return { ...catalog, ...(testCase.stays === 'enums' ? {} : { enums }), rows: await readRows(url) };
      };
      const start = await readAll();
      await withMigrator({ ...at, entities: testCase.after }, async migrator => {
        await withDecisions(testCase.decisions, () => migrator.create(undefined, false, false, 'change'));
        for (let statement = 1; ; statement++) {
          await withClient(url, client => client.query(stopAt(statement)));
          const stopped = await runAll(migrator).then(
            () => undefined,
            (error: Error) => error,
          );
          await withClient(url, client => client.query(GO_ON));
          if (!stopped) {
            expect(statement, 'statements').to.be.greaterThan(1);
            return;
          }
          await migrator.down({ to: '0000' });
          expect(await readAll(), `after down of what had stopped before statement ${statement}`).to.deep.equal(start);
        }
      });
    },
    { major },
  );
}

/** A sequence goes on counting when what asks it is rolled back; the first action of a concurrent drop it must not be. */
function stopAt(statement: number): string {
  return `create sequence stops;
    create function stop() returns event_trigger language plpgsql as $$
    begin
      if tg_tag <> 'DROP INDEX' and current_setting('application_name') ~ '^sunschool-db (up|down) ' and nextval('stops') = ${statement} then
        raise exception 'stopped before statement ${statement}';
      end if;
    end $$;
    create event trigger stop on ddl_command_start execute function stop()`;
}

const GO_ON = 'drop event trigger stop; drop function stop(); drop sequence stops';
