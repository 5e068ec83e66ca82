import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import type { BackfillPosition, BackfillProgress, BackfillRun } from '../../src/backfill/backfill-run.ts';
import { runBackfill } from '../../src/backfill/run-backfill.ts';
import type { MigrationError } from '../../src/errors.ts';
import { withClient, withDatabase } from '../support/database.ts';

const ROWS = 30_000;

interface Trial {
  readonly url: string;
  query(sql: string): Promise<pg.QueryResult>;
  fill(options?: Partial<BackfillRun>): Promise<number>;
  readonly positions: BackfillPosition[];
  readonly progress: BackfillProgress[];
}

/** A table of 30,000 rows without any key, and a backfill of its column `grade`. */
async function withTrial(work: (trial: Trial) => Promise<void>, options: { major?: 15 } = {}): Promise<void> {
  await withDatabase(async ({ url }) => {
    await using pool = Object.assign(new pg.Pool({ connectionString: url }), {
      async [Symbol.asyncDispose]() {
        await pool.end();
      },
    });
    pool.on('error', () => undefined).on('connect', client => client.on('error', () => undefined));
    await pool.query(`create table answers (n int, grade int, note text);
      insert into answers select n, null, repeat('x', 200) from generate_series(1, ${ROWS}) n;
      create table saved (position json); insert into saved values (null)`);
    const positions: BackfillPosition[] = [];
    const progress: BackfillProgress[] = [];
    await work({
      url,
      positions,
      progress,
      query: sql => pool.query(sql),
      fill: async own => {
        const client = await pool.connect();
        const workers = new Map<number, pg.PoolClient>();
        try {
          return await runBackfill({
            backfill: { table: 'answers', set: { grade: '5' }, where: 'grade is null' },
            client,
            connect: async worker => {
              const opened = workers.get(worker) ?? (await pool.connect());
              workers.set(worker, opened);
              return opened;
            },
            position: undefined,
            savePosition: position => {
              positions.push(position);
              return `update saved set position = '${JSON.stringify(position)}'`;
            },
            signal: new AbortController().signal,
            pace: { workers: 2, batchMs: 50, maxReplicaLagMs: 10_000 },
            onProgress: state => void progress.push(state),
            ...own,
          });
        } finally {
          client.release();
          for (const worker of workers.values()) {
            worker.release();
          }
        }
      },
    });
  }, options);
}

const left = async ({ query }: Trial): Promise<number> =>
  (await query('select count(*)::int as n from answers where grade is null')).rows[0].n;

for (const major of [undefined, 15] as const) {
  describe(`a backfill on PostgreSQL ${major ?? 18}`, () => {
    it('fills a table without a key, by two workers, each batch with its position', () =>
      withTrial(
        async trial => {
          expect(await trial.fill()).to.equal(ROWS);
          expect(await left(trial)).to.equal(0);
          const blocks = trial.positions.map(({ block }) => block);
          expect(blocks.length).to.be.above(3);
          expect(Math.max(...blocks)).to.be.above(100);
          expect(trial.progress.at(-1)).to.deep.include({ rowsDone: ROWS, rowsLeft: 0 });
        },
        major === undefined ? {} : { major },
      ));

    it('reads its own range and nothing else, however stale the statistics', () =>
      withTrial(
        async trial => {
          await trial.query('update answers set n = n');
          await trial.query('vacuum answers');
          await withClient(trial.url, async client => {
            await client.query('set enable_seqscan = off');
            for (const to of [32, 2000]) {
              const { rows } = await client.query(
                `explain update only answers set grade = 5 where ctid >= '(0,0)' and ctid < '(${to},0)' and (grade is null)`,
              );
              expect(JSON.stringify(rows)).to.include('Tid Range Scan');
            }
          });
        },
        major === undefined ? {} : { major },
      ));
  });
}

describe('a backfill', () => {
  it('passes over rows that others hold, and fills them when they are free', () =>
    withTrial(trial =>
      withClient(trial.url, async holder => {
        await holder.query('begin; update answers set n = n where n = 7');
        const filling = trial.fill();
        while ((await left(trial)) > 1) {
          await sleep(5);
        }
        while (!trial.progress.some(({ pausedFor }) => pausedFor === 'others hold rows that are left')) {
          await sleep(5);
        }
        await holder.query('commit');
        await filling;
        expect(await left(trial)).to.equal(0);
      }),
    ));

  it('goes on behind the saved position after a kill, and repeats at most what was under way', () =>
    withTrial(async trial => {
      let ending: Promise<unknown> | undefined;
      const killed = trial.fill({
        onProgress: ({ rowsDone }) => {
          if (rowsDone > ROWS / 3) {
            ending ??= withClient(trial.url, client =>
              client.query(
                `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%with filled as%' and pid <> pg_backend_pid()`,
              ),
            );
          }
        },
        pace: { workers: 2, batchMs: 5, maxReplicaLagMs: 10_000 },
      });
      expect(await killed.catch(error => error)).to.be.instanceOf(Error);
      await ending;
      const saved = (await trial.query('select position from saved')).rows[0].position as BackfillPosition;
      expect(saved.block).to.be.above(0);
      const { rows } = await trial.query(
        `select count(*)::int as missed from answers where grade is null and ctid < '(${saved.block},0)'`,
      );
      expect(rows[0].missed).to.equal(0);
      trial.positions.length = 0;
      await trial.fill({ position: saved });
      expect(await left(trial)).to.equal(0);
      expect(trial.positions[0]?.block).to.be.at.least(saved.block);
    }));

  it('begins anew when the table was written anew', () =>
    withTrial(async trial => {
      await trial.fill();
      const last = trial.positions.at(-1) as BackfillPosition;
      await trial.query('update answers set grade = null where n < 10');
      await trial.query('vacuum full answers');
      trial.positions.length = 0;
      await trial.fill({ position: last });
      expect(await left(trial)).to.equal(0);
      expect(Math.min(...trial.positions.map(({ block }) => block))).to.be.below(last.block);
    }));

  it('keeps to a rate, and says so', () =>
    withTrial(async trial => {
      await trial.query('delete from answers where n > 2000');
      const startedAt = performance.now();
      await trial.fill({ pace: { workers: 1, batchMs: 1, maxReplicaLagMs: 10_000, maxRowsPerSecond: 4000 } });
      expect(performance.now() - startedAt).to.be.above(300);
      expect(trial.progress.map(({ pausedFor }) => pausedFor)).to.include('at most 4000 rows/s');
    }));

  it('stops after the batches under way when it is told to', () =>
    withTrial(async trial => {
      const controller = new AbortController();
      const stopped = await trial
        .fill({ signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) })
        .catch(error => error);
      expect(stopped.message).to.equal('enough');
      expect(await left(trial)).to.be.above(0);
    }));

  it('says so when a trigger keeps rows as they are', () =>
    withTrial(async trial => {
      await trial.query(`delete from answers where n > 10;
        create function keep() returns trigger language plpgsql as 'begin return null; end';
        create trigger keep before update on answers for each row when (old.n = 3) execute function keep()`);
      const error: MigrationError = await trial.fill().catch(failed => failed);
      expect(error.explanation.title).to.equal('The backfill of answers does not end');
      expect(error.explanation.happens).to.include('a trigger or a policy keeps them as they are');
    }));

  it('says so at once when its condition holds for filled rows', () =>
    withTrial(async trial => {
      const backfill = { table: 'answers', set: { grade: '5' }, where: 'n > 0' };
      const error: MigrationError = await trial.fill({ backfill }).catch(failed => failed);
      expect(error.explanation.happens).to.match(/still holds for \d+ rows after they were filled/);
    }));
});
