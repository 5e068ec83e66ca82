import { expect } from 'chai';
import type { Change } from '../../src/statement/change.ts';
import { readStatements } from '../../src/statement/read.ts';

describe('reading SQL', () => {
  it('splits statements where PostgreSQL does, not where a semicolon is', async () => {
    const sql = `select ';', $$;$$; -- a comment; still
      create function f() returns int language sql as $body$ select 1; select 2 $body$;
      select 'ünï;cödé'`;
    const statements = await readStatements(sql);
    expect(statements.map(statement => statement.sql)).to.deep.equal([
      `select ';', $$;$$`,
      `create function f() returns int language sql as $body$ select 1; select 2 $body$`,
      `select 'ünï;cödé'`,
    ]);
  });

  it('reports a syntax error as PostgreSQL does', async () => {
    const error = await readStatements('create tabel x ()').catch(caught => caught);
    expect(String(error)).to.include('syntax error at or near "tabel"');
  });

  const cases: [sql: string, ...changes: Change[]][] = [
    [
      'create table s.t (a int, "B" text)',
      { kind: 'create table', table: { schema: 's', name: 't' }, columns: ['a', 'B'] },
    ],
    [
      'create table t (a int references u on delete cascade)',
      { kind: 'create table', table: { name: 't' }, columns: ['a'] },
      {
        kind: 'add constraint',
        table: { name: 't' },
        constraint: '',
        type: 'foreign key',
        columns: ['a'],
        references: { name: 'u' },
      },
    ],
    [
      'drop table if exists a, s.b cascade',
      { kind: 'drop table', table: { name: 'a' } },
      { kind: 'drop table', table: { schema: 's', name: 'b' } },
    ],
    ['alter table t rename to u', { kind: 'rename table', table: { name: 't' }, to: 'u' }],
    ['alter table t rename column a to b', { kind: 'rename column', table: { name: 't' }, column: 'a', to: 'b' }],
    [
      'alter table t add column a int, drop column b, alter column c type bigint, alter column d set not null',
      { kind: 'add column', table: { name: 't' }, column: 'a' },
      { kind: 'drop column', table: { name: 't' }, column: 'b' },
      { kind: 'alter column', table: { name: 't' }, column: 'c', what: 'type' },
      { kind: 'alter column', table: { name: 't' }, column: 'd', what: 'set not null' },
    ],
    [
      'alter table t alter a drop default',
      { kind: 'alter column', table: { name: 't' }, column: 'a', what: 'drop default' },
    ],
    [
      'alter table t add constraint u unique (a, b)',
      { kind: 'add constraint', table: { name: 't' }, constraint: 'u', type: 'unique', columns: ['a', 'b'] },
    ],
    [
      'create unique index concurrently i on t (a)',
      { kind: 'create index', table: { name: 't' }, index: 'i', unique: true },
    ],
    ['drop index concurrently s.i', { kind: 'drop index', index: { schema: 's', name: 'i' } }],
    [`create type s.e as enum ('a')`, { kind: 'create type', type: { schema: 's', name: 'e' } }],
    [`alter type e add value 'b'`, { kind: 'add enum value', type: { name: 'e' }, value: 'b' }],
    ['drop type e', { kind: 'drop type', type: { name: 'e' } }],
    ['drop function f(int)', { kind: 'drop routine', routine: { name: 'f' } }],
    ['create view v as select 1', { kind: 'create view', view: { name: 'v' } }],
    ['vacuum full t', { kind: 'other', statement: 'VacuumStmt' }],
  ];
  for (const [sql, ...changes] of cases) {
    it(`reads ${sql}`, async () => {
      expect((await readStatements(sql)).flatMap(statement => statement.changes)).to.deep.equal(changes);
    });
  }
});
