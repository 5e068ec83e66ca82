/** A change of entities whose session is ended after each of its transactions: it goes on, or turns round. */
import { expect } from 'chai';
import { normalizeCatalog } from '../../src/catalog/compare-catalogs.ts';
import type { OnlineMigrator } from '../../src/index.ts';
import { catalogOf } from '../support/catalogs.ts';
import { withClient } from '../support/database.ts';
import type { OlderPostgres } from '../support/server.ts';
import {
  type AcceptanceCase,
  createChange,
  freshBuild,
  type Place,
  readRows,
  runAll,
  withMigrator,
  withStart,
} from './harness.ts';

/**
 * The same way there and back, with the session of the migrator ended in the server whenever it has run that many transactions
 * that change the catalog, and each time gone on with by a migrator of its own.
 */
export async function proveRecovery(
  testCase: AcceptanceCase,
  { transactions }: { transactions: number },
): Promise<void> {
  await withStart(testCase, async end => {
    const { url } = end;
    const start = { catalog: await catalogOf(url), rows: await readRows(url, testCase.lost) };
    await withMigrator(end, migrator => createChange(migrator, testCase));
    const there = await untilDone(end, transactions, async migrator => {
      await runAll(migrator);
      return (await migrator.getPending()).length === 0;
    });
    const fresh = await freshBuild(testCase.after);
    expect(normalizeCatalog(await catalogOf(url)), 'a fresh build').to.deep.equal(normalizeCatalog(fresh));
    const back = await untilDone(end, transactions, async migrator => {
      await migrator.down({ to: '0000' });
      return (await migrator.getExecuted()).length === 1;
    });
    expect(await catalogOf(url), 'the catalog after down').to.deep.equal(start.catalog);
    expect(await readRows(url, testCase.lost), 'the rows after down').to.deep.equal(start.rows);
    // a way of one transaction has none to be ended behind
    expect(there + back, 'attempts, all but the last killed').to.be.greaterThan(2);
  });
}

/**
 * Turned round half-way: up is ended after each of its transactions in turn and reverted, and down is ended and gone up again, each
 * ended on its way too. Nothing of the way that was left may stay.
 */
export async function proveTurns(testCase: AcceptanceCase, { major }: { major?: OlderPostgres } = {}): Promise<void> {
  await withStart(
    testCase,
    async end => {
      const { url } = end;
      const start = await catalogOf(url);
      await withMigrator(end, migrator => createChange(migrator, testCase));
      const down: Work = migrator => migrator.down({ to: '0000' });
      for (let transactions = 1; await isKilled(end, transactions, runAll); transactions++) {
        await turn(end, down);
        const back = await catalogOf(url);
        const kept = testCase.stays ? { enums: back.enums } : {};
        expect(back, `up, ended after ${transactions}, and down`).to.deep.equal({ ...start, ...kept });
      }
      const reached = await catalogOf(url);
      for (let transactions = 1; await isKilled(end, transactions, down); transactions++) {
        await turn(end, runAll);
        expect(await catalogOf(url), `down, ended after ${transactions}, and up`).to.deep.equal(reached);
      }
    },
    { major },
  );
}

type Work = (migrator: OnlineMigrator) => Promise<unknown>;

/** Back, ended after one transaction, then after two, and so on. */
async function turn(place: Place, back: Work): Promise<void> {
  for (let transactions = 1; await isKilled(place, transactions, back); transactions++);
}

/** @returns whether `work` had more transactions than that. */
async function isKilled(place: Place, transactions: number, work: Work): Promise<boolean> {
  await withClient(place.url, client => client.query(killAfter(transactions)));
  try {
    await withMigrator(place, work);
    return false;
  } catch (error) {
    if (!isTermination(error as Error)) {
      throw error;
    }
    return true;
  } finally {
    await withClient(place.url, client => client.query(REVIVE));
  }
}

function isTermination(error: Error): boolean {
  return /terminat|closed|ended/i.test(`${error.message} ${error.cause}`);
}

const REVIVE = 'drop event trigger crash; drop function crash()';
const MOST_ATTEMPTS = 200;

/** @returns how many attempts it took. */
async function untilDone(
  place: Place,
  transactions: number,
  work: (migrator: OnlineMigrator) => Promise<boolean>,
): Promise<number> {
  await withClient(place.url, client => client.query(killAfter(transactions)));
  let attempt = 0;
  for (let isDone = false; !isDone; ) {
    attempt++;
    isDone = await withMigrator(place, work).catch((error: Error) => {
      if (attempt === MOST_ATTEMPTS || !isTermination(error)) {
        throw error;
      }
      return false;
    });
  }
  await withClient(place.url, client => client.query(REVIVE));
  return attempt;
}

/** Ends the session of a step that begins one transaction too many. */
function killAfter(transactions: number): string {
  return `create function crash() returns event_trigger language plpgsql as $$
    declare run int := coalesce(nullif(current_setting('crash.run', true), '')::int, 0) + 1;
    begin
      if current_setting('application_name') ~ '^sunschool-db (up|down) '
        and current_setting('crash.at', true) is distinct from now()::text then
        if run > ${transactions} then perform pg_terminate_backend(pg_backend_pid()); end if;
        perform set_config('crash.run', run::text, false), set_config('crash.at', now()::text, false);
      end if;
    end $$;
    create event trigger crash on ddl_command_start execute function crash()`;
}
