import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import { MigrationError, renderError } from '../../src/errors.ts';
import { type ReplayedMigration, readHistoryCatalog, replay, replayHistory } from '../../src/proof/replay.ts';
import { type ShadowServer, withShadowServer } from '../../src/proof/shadow.ts';
import { withClient, withDatabase } from '../support/database.ts';
import { shadowOptions } from '../support/shadow.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('replayHistory', () => {
  it('runs what counts for the schema: nothing concurrently, no rows, enum values committed', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        await replay(client, [
          migration(
            '0000_a',
            `create type mood as enum ('ok'); create table "t" (id int, mood mood, n text) -- not the end`,
            'create index concurrently if not exists "concurrently" on t (id)',
            `alter type mood rename to feeling; alter type feeling add value 'bad' before 'ok'`,
            `alter table t alter mood set default 'bad', add constraint c check (n is not null) not valid`,
          ),
          migration(
            '0001_b',
            'alter table t validate constraint c',
            `insert into t values (1); update t set n = 'x'; delete from t where id = 1`,
            'vacuum full t; lock table t; grant all on t to nobody_there; create role not_made',
            'drop index concurrently if exists missing; reindex index concurrently "concurrently"',
          ),
        ]);
        const { tables, enums } = await readCatalog(client);
        expect(enums).to.deep.equal({ 'public.feeling': ['bad', 'ok'] });
        expect(tables['public.t']?.columns.mood?.default).to.equal(`'bad'::feeling`);
        expect(tables['public.t']?.constraints).to.deep.equal({ c: 'CHECK ((n IS NOT NULL))' });
        expect(tables['public.t']?.indexes).to.have.keys('concurrently');
        const { rows } = await client.query(`select from pg_roles where rolname = 'not_made'`);
        expect(rows).to.deep.equal([]);
      }),
    ));

  it('leaves a backfill out', async () => {
    const backfill = { table: 't', set: { a: '1' }, where: 'a is null' };
    const statements = [{ sql: 'create table t (a int)' }, { sql: 'update missing set a = 1', backfill }];
    const catalog = await onServer(server => readHistoryCatalog([{ name: '0000_t', statements }], { server }));
    expect(Object.keys(catalog.tables)).to.deep.equal(['public.t']);
  });

  it('names the file and the statement that PostgreSQL refuses', async () => {
    const migrations = [
      migration('0000_a', 'create table a (id int)'),
      migration('0001_b', 'create table b (id int)', 'create index on missing (id)', 'create table c (id int)'),
    ];
    const error = await onServer(server => readHistoryCatalog(migrations, { server })).catch(thrown => thrown);
    expect(error).to.be.instanceOf(MigrationError);
    expect(renderError(error))
      .to.match(/^The history cannot be replayed: 0001_b, statement 2\n\n {2}create index on missing \(id\)\n/)
      .and.to.include('relation "missing" does not exist (42P01)');
  });

  it('names the file and the statement that cannot be read', async () => {
    const error = await onServer(server => readHistoryCatalog([migration('0000_a', 'creat table')], { server })).catch(
      thrown => thrown,
    );
    expect(renderError(error)).to.match(/^The history cannot be replayed: 0000_a, statement 1\n/);
  });

  it('builds the history once: the same files, server and queries are answered from the cache', async () => {
    using folder = temporaryFolder();
    const cacheDirectory = join(folder.path, 'cache');
    const history = [migration('0000_a', 'create table a (id int)')];
    await onServer(async server => {
      let built = 0;
      const counted: ShadowServer = {
        version: server.version,
        withDatabase: work => server.withDatabase(database => work(database).finally(() => built++)),
      };
      const read = (migrations: readonly ReplayedMigration[], sql: string) =>
        replayHistory(
          migrations,
          { server: counted, cacheDirectory },
          async database => (await database.query(sql)).rows,
        );
      const names = `select relname as name, array['x'] as list, 1::bigint as big, null as nothing from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`;
      const first = await read(history, names);
      expect(first).to.deep.equal([{ name: 'a', list: ['x'], big: '1', nothing: null }]);
      expect(await read(history, names)).to.deep.equal(first);
      expect(built).to.equal(1);
      await read(history, `${names} limit 1`);
      await read(history, names);
      expect(built, 'another query').to.equal(2);
      await read([...history, migration('0001_b', 'create table b (id int)')], names);
      expect(built, 'another file').to.equal(3);
      expect(await readdir(cacheDirectory)).to.have.length(2);
    });
  });

  it('works without a place to keep anything', async () => {
    const read = () =>
      onServer(server =>
        readHistoryCatalog([migration('0000_a', 'create table a ()')], { server, cacheDirectory: '/dev/null/x' }),
      );
    expect(await read()).to.deep.equal(await read());
  });
});

function migration(name: string, ...statements: string[]): ReplayedMigration {
  return { name, statements: statements.map(sql => ({ sql })) };
}

function onServer<T>(work: (server: ShadowServer) => Promise<T>): Promise<T> {
  return withShadowServer(shadowOptions(), work);
}
