/**
 * Killed at every step border, and at random moments inside. CRASH_RUNS takes that many, as `npm run test:long` does; CRASH_SEED
 * repeats those of an earlier run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { withClient } from '../support/database.ts';
import type { MigrationsFolder } from '../support/migrations.ts';
import { expectRecovery, reached, STEPS, type State, startUp, stateOf, withSchool } from './crash-school.ts';

const { CRASH_RUNS, CRASH_SEED } = process.env;
const runs = Number(CRASH_RUNS ?? 30);
const seed = Number(CRASH_SEED ?? (CRASH_RUNS === undefined ? 1 : Math.floor(Math.random() * 2 ** 31)));
/** About as long as an undisturbed run takes. */
const LONGEST_MS = 400;

describe('migration:up that is killed', () => {
  let undisturbed: State;
  before(async () => {
    undisturbed = await reached();
  });

  it(`goes on where it stopped, ${runs} times (CRASH_SEED=${seed})`, async function () {
    this.timeout(runs * 10_000);
    const random = randomNumbers(seed);
    const moments = Array.from({ length: runs }, random);
    // most of a run is waiting for processes and for the server
    const lanes = Array.from({ length: 3 }, async (_, lane) => {
      for (let run = lane; run < runs; run += 3) {
        await withSchool(async folder => {
          const stopWriting = writeMeanwhile(folder);
          await killAt(folder, { run, moment: moments[run] ?? 0 });
          const acknowledged = await stopWriting();
          await expectRecovery(folder, undisturbed).catch(error => {
            throw new Error(`run ${run}, seed ${seed}: ${error.message}`, { cause: error });
          });
          const rows = await folder.query('select id from lessons where id > 100000 order by id');
          expect(rows.map(({ id }) => id)).to.include.members(acknowledged);
        });
      }
    });
    await Promise.all(lanes);
  });

  it('goes on when its last session was ended in a backfill, a build or a validation', () =>
    withSchool(async folder => {
      for (const step of [4, 6, 9]) {
        const up = folder.migrate(migrator => migrator.up()).catch(error => error);
        await terminateAt(folder, `sunschool-db up ${step}/%`, up);
        await up;
      }
      await expectRecovery(folder, undisturbed);
    }));

  it('can be reverted instead', async () => {
    await withSchool(async folder => {
      const before = await stateOf(folder);
      const child = startUp(folder);
      await child.until(({ event, step }) => event === 'step' && step === 10);
      child.kill('SIGKILL');
      await child.ended;
      await folder.migrate(migrator => migrator.down());
      const after = await stateOf(folder);
      expect(after.rows).to.equal(before.rows);
      // an enum value stays
      expect({ ...after.catalog, enums: [] }).to.deep.equal({ ...before.catalog, enums: [] });
      expect(await folder.query('select 1 from mikro_orm_migrations_journal')).to.deep.equal([]);
      await expectRecovery(folder, undisturbed);
    });
  });
});

/** Each step border in turn, then moments inside; by a SIGKILL of the client, or (cheaper) by ending its session. */
async function killAt(folder: MigrationsFolder, { run, moment }: { run: number; moment: number }): Promise<void> {
  const border = run % (2 * STEPS) < STEPS ? (run % STEPS) + 1 : undefined;
  if (run % 3 === 0) {
    const child = startUp(folder);
    await child.until(({ event, step }) => event === 'step' && (border === undefined || step === border));
    await sleep(border === undefined ? moment * LONGEST_MS : 0);
    child.kill('SIGKILL');
    await child.ended;
  } else {
    const up = folder.migrate(migrator => migrator.up()).catch(error => error);
    if (border === undefined) {
      await sleep(moment * LONGEST_MS);
      await terminate(folder.url, 'sunschool-db up %');
    } else {
      await terminateAt(folder, `sunschool-db up ${border}/%`, up);
    }
    await up;
  }
}

/** Inserts lessons one by one until it is told to stop. @returns the ids whose insert was acknowledged. */
function writeMeanwhile({ url }: MigrationsFolder): () => Promise<number[]> {
  const acknowledged: number[] = [];
  let isOver = false;
  const writing = withClient(url, async client => {
    for (let id = 100_001; !isOver; id++) {
      await client.query(`insert into lessons (id, learner, code) values ($1, 1, 'new ' || $1::int)`, [id]);
      acknowledged.push(id);
      await sleep(1);
    }
  });
  return async () => {
    isOver = true;
    await writing;
    return acknowledged;
  };
}

const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like $1`;

async function terminate(url: string, name: string): Promise<void> {
  await withClient(url, client => client.query(TERMINATE, [name]));
}

/** Waits for the session of that name, or for the end of the run. */
async function terminateAt({ url }: MigrationsFolder, name: string, run: Promise<unknown>): Promise<void> {
  let isOver = false;
  void run.finally(() => {
    isOver = true;
  });
  await withClient(url, async client => {
    while (!isOver && (await client.query(TERMINATE, [name])).rowCount === 0) {
      await sleep(1);
    }
  });
}

/** The same numbers for the same seed, from 0 to 1. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomNumbers(first: number): () => number {
  let state = first % 2 ** 32;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
