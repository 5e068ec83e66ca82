import { defineEntity, type EntitySchema, p } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import type pg from 'pg';
import { withClient, withDatabase } from '../support/database.ts';
import { withSunschool } from '../support/orm.ts';
import { deploy, prove, withChange } from './harness.ts';
import { proveClients } from './prove-clients.ts';
import { typeChangeCases } from './type-change-cases.ts';

const ROWS = `insert into users (username) values ('zoe');
  insert into lessons (id, learner_id, status, score) select 'l' || n, 1, 'DONE', n % 100 from generate_series(1, 300) n`;

interface Writer {
  /** What it wrote last to each lesson, and what its inserts hold. */
  readonly written: Map<string, number>;
  stop(): Promise<void>;
}

/** Writes without a pause, to lessons of its own: changes, inserts and deletes. `cast` is how a release knows the type. */
function startWriter(client: pg.Client, { name, cast }: { name: string; cast: string }): Writer {
  const written = new Map<string, number>();
  let isRunning = true;
  const work = (async () => {
    for (let round = 0; isRunning; round++) {
      const id = `${name}${round}`;
      await client.query(`insert into lessons (id, learner_id, score) values ($1, 1, $2::${cast})`, [id, round % 100]);
      written.set(id, round % 100);
      const old = `${name}${Math.floor(round / 2)}`;
      await client.query(`update lessons set score = $1::${cast} where id = $2`, [(round * 7) % 100, old]);
      written.set(old, (round * 7) % 100);
    }
  })();
  // told by stop()
  work.catch(() => undefined);
  return {
    written,
    stop: async () => {
      isRunning = false;
      await work;
    },
  };
}

function scores(client: pg.Client, writer: Writer): Promise<Map<string, number>> {
  return client
    .query('select id, score::int from lessons where id = any($1)', [[...writer.written.keys()]])
    .then(({ rows }) => new Map(rows.map(({ id, score }) => [id, score])));
}

/** A note keeps to its person by a key that writes into it. */
const kept = (type: 'integer' | 'bigint'): EntitySchema[] => {
  const id = (type === 'integer' ? p.integer() : p.bigint()) as ReturnType<typeof p.integer>;
  const person = defineEntity({
    name: 'Person',
    tableName: 'people',
    properties: { id: id.primary().autoincrement() },
  }) as unknown as EntitySchema;
  const note = defineEntity({
    name: 'Note',
    tableName: 'notes',
    properties: {
      id: p.integer().primary(),
      person: () =>
        p
          .manyToOne(person as never)
          .nullable()
          .deleteRule('set null')
          .updateRule('cascade'),
      guide: () =>
        p
          .manyToOne(person as never)
          .default(1)
          .deleteRule('set default'),
    },
  } as never) as unknown as EntitySchema;
  return [person, note];
};
const KEPT = {
  name: 'a key whose foreign key writes into its rows',
  before: kept('integer'),
  after: kept('bigint'),
  rows: 'insert into people select from generate_series(1, 10); insert into notes select id, id, id from people',
  steps: ['is not distinct from old."person_id" then'],
};

describe('a change of type under two releases', () => {
  it('keeps rows with their parents while only the new foreign key is left', () =>
    withChange(KEPT, async ({ client, migrator }) => {
      await migrator.up();
      // as the contract begins: the old key goes before either table is swapped
      await client.query(
        'alter table notes drop constraint notes_person_id_foreign, drop constraint notes_guide_id_foreign',
      );
      await client.query('update notes set guide_id = 3 where id = 4');
      await client.query('delete from people where id = 3; update people set id = 40 where id = 4');
      const people = async () =>
        (await client.query('select person_id::int, guide_id::int from notes where id in (3, 4) order by id')).rows;
      const kept = [
        { person_id: null, guide_id: 1 },
        { person_id: 40, guide_id: 1 },
      ];
      expect(await people()).to.deep.equal(kept);
      await deploy(migrator);
      expect(await people()).to.deep.equal(kept);
    }));

  it('refuses a new key for a parent where no cast leads back to the old column', () => {
    const decisions = { using: ['notes.person_id=person_id::bigint'] };
    return withChange({ ...KEPT, decisions }, async ({ client, migrator }) => {
      await migrator.up();
      await client.query('alter table notes drop constraint notes_person_id_foreign');
      const refused = await client.query('update people set id = 40 where id = 4').catch(({ code }) => code);
      expect(refused).to.equal('23503');
      await client.query('update notes set guide_id = 1 where id = 4');
      await client.query('delete from people where id = 4');
      const { rows } = await client.query('select person_id from notes where id = 4');
      expect(rows).to.deep.equal([{ person_id: null }]);
    });
  });

  it(`goes up, down and up again: ${KEPT.name}`, () => prove({ ...KEPT, decisions: { keepOld: true } }));

  for (const testCase of typeChangeCases.filter(({ writes }) => writes)) {
    it(`loses no write of either: ${testCase.name}`, () => proveClients(testCase));
  }

  it('loses no write of either, before the contract both columns have all of them', () =>
    withDatabase(({ url }) =>
      withSunschool(url, async (_orm, migrator) => {
        await migrator.up({ to: '0014' });
        await withClient(url, async client => {
          await client.query(ROWS);
          const unnamed = () => client.query('select score from lessons where id = $1', ['l5']);
          expect((await unnamed()).rows).to.deep.equal([{ score: 5 }]);
          await client.query('prepare named as select score from lessons where id = $1');
          await withClient(url, first =>
            withClient(url, async second => {
              const writers = [
                startWriter(first, { name: 'old', cast: 'int' }),
                startWriter(second, { name: 'new', cast: 'bigint' }),
              ];
              await migrator.up('0015');
              const { rows } = await client.query(
                `select count(*)::int as lessons, count(*) filter (where score is distinct from score_new)::int as apart from lessons`,
              );
              expect(rows[0].apart, 'rows whose columns differ').to.equal(0);
              expect(rows[0].lessons).to.be.greaterThan(300);
              process.env.MIGRATE_CONTRACT = '1';
              await migrator.up('0016').finally(() => delete process.env.MIGRATE_CONTRACT);
              await migrator.down('0016');
              process.env.MIGRATE_CONTRACT = '1';
              await migrator.up('0016').finally(() => delete process.env.MIGRATE_CONTRACT);
              for (const writer of writers) {
                await writer.stop();
                expect(writer.written.size).to.be.greaterThan(10);
                expect(await scores(client, writer)).to.deep.equal(writer.written);
              }
            }),
          );
          const type = await client.query(`select format_type(atttypid, null) as type from pg_attribute
            where attrelid = 'lessons'::regclass and attname = 'score'`);
          expect(type.rows).to.deep.equal([{ type: 'bigint' }]);

          expect((await unnamed()).rows, 'what a statement without a name returns').to.deep.equal([{ score: '5' }]);
          const error = await client.query(`execute named('l5')`).catch(failed => failed);
          expect(error, 'a named statement from before').to.include({ code: '0A000' });
          expect(error.message).to.equal('cached plan must not change result type');
          await client.query('deallocate named; prepare named as select score from lessons where id = $1');
          expect((await client.query(`execute named('l5')`)).rows).to.deep.equal([{ score: '5' }]);
        });
      }),
    ));
});
