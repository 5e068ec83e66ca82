import { expect } from 'chai';
import { readFacts } from '../../src/catalog/read-facts.ts';
import { withClient, withDatabase } from '../support/database.ts';

describe('readFacts', () => {
  it('gives tables, columns, constraints, indexes and dependents by the names that the rules use', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        await client.query(`create schema s; create table "T t" (id int primary key, "é" text default 'x', n int not null);
          create table s.u (a int generated always as identity, t int references "T t", g text generated always as ('') stored,
            constraint range check (a > 0) no inherit);
          alter table s.u add constraint later check (t > 0) not valid;
          create unique index i on s.u (lower(g), a desc) include (t) where a > 1;
          create view v as select * from s.u; create view s.w as select * from v`);
        const { version, tables, indexes } = await readFacts(client, { tables: ['s.u'] });
        expect(version).to.equal(18);
        expect(Object.keys(tables)).to.deep.equal(['T t', 'v', 's.u', 's.w']);
        expect(tables['T t']?.columns).to.deep.equal({
          id: { type: 'integer', notNull: true, hasDefault: false, isGenerated: false },
          é: { type: 'text', notNull: false, hasDefault: true, isGenerated: false },
          n: { type: 'integer', notNull: true, hasDefault: false, isGenerated: false },
        });
        expect(tables['T t']?.constraints['T t_n_not_null']).to.deep.equal({
          type: 'not null',
          columns: ['n'],
          isValidated: true,
        });
        const { columns, constraints, dependents } = tables['s.u'] ?? {};
        expect(columns?.a).to.include({ hasDefault: true, isGenerated: false });
        expect(columns?.g).to.include({ hasDefault: false, isGenerated: true });
        expect(constraints?.u_t_fkey).to.include({ references: 'T t', isValidated: true });
        expect(constraints?.later).to.include({ expression: '(t > 0)', isValidated: false });
        expect(dependents).to.deep.equal(['v']);
        expect(tables.v).to.deep.include({ kind: 'view', dependents: ['s.w'] });
        expect(tables['s.u']?.indexes['s.i']).to.deep.include({ columns: ['g', 'a'], isUnique: true, isValid: true });
        expect(indexes).to.deep.equal({ 'T t_pkey': 'T t', 's.i': 's.u' });
      }),
    ));

  it('looks for rows only in the tables that it is asked for', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        await client.query(`create table empty (id int); create table filled (id int); insert into filled values (1);
          create table other (id int); create table p (id int) partition by range (id);
          create table p1 partition of p for values from (1) to (2); create index on only p (id)`);
        const { tables } = await readFacts(client, { tables: ['empty', 'filled', 'p', 'p1', 'missing'] });
        const hasRows = Object.entries(tables).map(([name, table]) => [name, table.kind, table.hasRows]);
        expect(hasRows).to.deep.equal([
          ['empty', 'table', false],
          ['filled', 'table', true],
          ['other', 'table', true],
          ['p', 'partitioned', false],
          ['p1', 'partition', false],
        ]);
        expect(tables.filled?.estimatedRows).to.equal(undefined);
        expect(tables.filled?.bytes).to.be.greaterThan(0);
        expect(tables.p?.indexes.p_id_idx?.isValid).to.equal(false);
        await client.query('analyze filled');
        expect((await readFacts(client)).tables.filled?.estimatedRows).to.equal(1);
      }),
    ));

  it('waits for nobody who has locked a table, or a partition, and takes it for one with rows', () =>
    withDatabase(({ url }) =>
      withClient(url, other =>
        withClient(url, async client => {
          await client.query(`create table free (id int); create table t (id int); create table p (id int) partition by range (id);
            create table p1 partition of p for values from (1) to (2)`);
          await other.query('begin; lock table t; lock table p1');
          await client.query(`set lock_timeout = '1s'`);
          const { tables } = await readFacts(client, { tables: ['free', 't', 'p'] });
          expect(Object.entries(tables).map(([name, { hasRows }]) => [name, hasRows])).to.deep.equal([
            ['free', false],
            ['p', true],
            ['p1', true],
            ['t', true],
          ]);
        }),
      ),
    ));

  it('tells how volatile a function is, and which domains hold a condition', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        await client.query(`create function own() returns int stable language sql as 'select 1'; create schema s;
          create function s.own() returns int language sql as 'select 1';
          create function own(int) returns int immutable language sql as 'select 1';
          create type e as enum (); create domain plain as int; create domain s.checked as int check (value > 0);
          create domain above as s.checked; create domain there as int not null`);
        const { volatility, types } = await readFacts(client);
        const functions = ['now', 'pg_catalog.now', 'lower', 'gen_random_uuid', 'random', 'own', 's.own'];
        expect(functions.map(name => volatility[name])).to.deep.equal(['s', 's', 'i', 'v', 'v', 's', 'v']);
        expect(types).to.deep.equal({
          e: { kind: 'enum', isConstrained: false },
          plain: { kind: 'domain', isConstrained: false },
          's.checked': { kind: 'domain', isConstrained: true },
          above: { kind: 'domain', isConstrained: true },
          there: { kind: 'domain', isConstrained: true },
        });
      }),
    ));
});
