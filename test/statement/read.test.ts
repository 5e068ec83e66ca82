import { expect } from 'chai';
import type { Constraint, ConstraintType } from '../../src/statement/change.ts';
import { readOperations, readStatements } from '../../src/statement/read.ts';

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

  const table = { name: 't' };
  const cases: [sql: string, ...changes: object[]][] = [
    [
      'create table s.t (a int primary key, "B" text default lower(\'X\'), constraint c check (a > 0 and "B" is not null))',
      {
        kind: 'create table',
        table: { schema: 's', name: 't' },
        ifNotExists: false,
        isTemporary: false,
        columns: [
          {
            name: 'a',
            type: 'int',
            notNull: true,
            identity: false,
            constraints: [constraint('', 'primary key', ['a'])],
          },
          {
            name: 'B',
            type: 'text',
            notNull: false,
            identity: false,
            default: {
              sql: "lower('X')",
              functions: [{ name: 'lower' }],
              columns: [],
              isNull: false,
              hasSubquery: false,
            },
            constraints: [],
          },
        ],
        constraints: [
          constraint('', 'primary key', ['a']),
          {
            ...constraint('c', 'check', ['a', 'B']),
            expression: {
              sql: 'a > 0 AND "B" IS NOT NULL',
              functions: [],
              columns: ['a', 'B'],
              isNull: false,
              hasSubquery: false,
            },
          },
        ],
      },
    ],
    [
      'drop table if exists a, s.b cascade',
      { kind: 'drop table', table: { name: 'a' }, ifExists: true, cascade: true },
      { kind: 'drop table', table: { schema: 's', name: 'b' }, ifExists: true, cascade: true },
    ],
    ['alter table t rename to u', { kind: 'rename table', table, to: 'u' }],
    ['alter table t rename column a to b', { kind: 'rename column', table, column: 'a', to: 'b' }],
    ['alter table t rename constraint a to b', { kind: 'rename constraint', table, constraint: 'a', to: 'b' }],
    [
      'alter table t add column if not exists a numeric(10,2) not null default now(), drop column b',
      {
        kind: 'add column',
        table,
        column: 'a',
        ifNotExists: true,
        definition: {
          name: 'a',
          type: 'numeric(10, 2)',
          notNull: true,
          identity: false,
          default: { sql: 'now()', functions: [{ name: 'now' }], columns: [], isNull: false, hasSubquery: false },
          constraints: [],
        },
      },
      { kind: 'drop column', table, column: 'b', ifExists: false, cascade: false },
    ],
    [
      'alter table t alter a type bigint using a::bigint, alter b set not null, alter c drop default',
      {
        kind: 'alter column',
        table,
        column: 'a',
        alteration: {
          to: 'type',
          type: 'bigint',
          using: { sql: 'CAST(a AS bigint)', functions: [], columns: ['a'], isNull: false, hasSubquery: false },
        },
      },
      { kind: 'alter column', table, column: 'b', alteration: { to: 'set not null' } },
      { kind: 'alter column', table, column: 'c', alteration: { to: 'drop default' } },
    ],
    [
      'alter table t add constraint f foreign key (a) references u (id) not valid',
      {
        kind: 'add constraint',
        table,
        constraint: 'f',
        definition: {
          ...constraint('f', 'foreign key', ['a']),
          references: { table: { name: 'u' }, columns: ['id'] },
          notValid: true,
        },
      },
    ],
    [
      'alter table t add constraint u unique using index i',
      { kind: 'add constraint', table, constraint: 'u', definition: { ...constraint('u', 'unique', []), index: 'i' } },
    ],
    [
      'alter table t add constraint n not null a not valid',
      {
        kind: 'add constraint',
        table,
        constraint: 'n',
        definition: { ...constraint('n', 'not null', ['a']), notValid: true },
      },
    ],
    ['alter table t validate constraint c', { kind: 'validate constraint', table, constraint: 'c' }],
    [
      'alter table t drop constraint if exists c cascade',
      { kind: 'drop constraint', table, constraint: 'c', ifExists: true, cascade: true },
    ],
    [
      'create unique index concurrently if not exists i on t using btree (lower(a), b desc) where a is not null',
      {
        kind: 'create index',
        table,
        index: 'i',
        unique: true,
        method: 'btree',
        concurrently: true,
        ifNotExists: true,
        only: false,
        columns: ['a', 'b'],
        where: { sql: 'a IS NOT NULL', functions: [], columns: ['a'], isNull: false, hasSubquery: false },
      },
    ],
    [
      'drop index concurrently s.i',
      { kind: 'drop index', index: { schema: 's', name: 'i' }, concurrently: true, ifExists: false, cascade: false },
    ],
    ['alter index i rename to j', { kind: 'rename index', index: { name: 'i' }, to: 'j' }],
    ['reindex (concurrently) table t', { kind: 'reindex', target: table, concurrently: true }],
    [`create type s.e as enum ('a')`, { kind: 'create type', type: { schema: 's', name: 'e' }, labels: ['a'] }],
    [
      `alter type e add value if not exists 'b'`,
      { kind: 'add enum value', type: { name: 'e' }, value: 'b', ifNotExists: true },
    ],
    [`alter type e rename value 'a' to 'b'`, { kind: 'rename enum value', type: { name: 'e' }, value: 'a', to: 'b' }],
    ['drop type e', { kind: 'drop type', type: { name: 'e' }, ifExists: false, cascade: false }],
    ['drop function f(int)', { kind: 'drop routine', routine: { name: 'f' }, cascade: false }],
    ['create materialized view v as select 1', { kind: 'create view', view: { name: 'v' }, materialized: true }],
    ['refresh materialized view concurrently v', { kind: 'refresh view', view: { name: 'v' }, concurrently: true }],
    [
      'create trigger g before insert on t for each row execute function f()',
      { kind: 'create trigger', table, trigger: 'g' },
    ],
    ['drop trigger g on s.t', { kind: 'drop trigger', table: { schema: 's', name: 't' }, trigger: 'g' }],
    [
      'alter table t detach partition p concurrently',
      { kind: 'detach partition', table, partition: { name: 'p' }, concurrently: true },
    ],
    ['alter table t set unlogged', { kind: 'alter table', table, command: 'AT_SetUnLogged' }],
    ['comment on column t.a is null', { kind: 'comment', table }],
    ['update t set a = 1', { kind: 'update', table, isBounded: false }],
    ['delete from t where a = 1', { kind: 'delete', table, isBounded: true }],
    ['truncate t, u', { kind: 'truncate', tables: [table, { name: 'u' }] }],
    ['vacuum (full on) t', { kind: 'vacuum', isFull: true, isAnalyzeOnly: false, tables: [table] }],
    ['vacuum (full off) t', { kind: 'vacuum', isFull: false, isAnalyzeOnly: false, tables: [table] }],
    ['analyze t', { kind: 'vacuum', isFull: false, isAnalyzeOnly: true, tables: [table] }],
    ['set local lock_timeout = 1', { kind: 'set', setting: 'lock_timeout', isLocal: true }],
    ['create extension x', { kind: 'other', statement: 'CreateExtensionStmt' }],
  ];
  for (const [sql, ...changes] of cases) {
    it(`reads ${sql}`, async () => {
      expect((await readStatements(sql)).flatMap(statement => statement.changes)).to.deep.equal(changes);
    });
  }
});

describe('splitting alter table', () => {
  it('gives each command a statement in its own words', async () => {
    const operations = await readOperations(
      'alter table if exists only s."T, x" add column a numeric(10, 2) default coalesce(1, 2), drop column "b,c", alter column d type int[] using array[1, 2]',
    );
    expect(operations.map(({ sql }) => sql)).to.deep.equal([
      'alter table if exists only s."T, x" add column a numeric(10, 2) default coalesce(1, 2)',
      'alter table if exists only s."T, x" drop column "b,c"',
      'alter table if exists only s."T, x" alter column d type int[] using array[1, 2]',
    ]);
  });
});

function constraint(name: string, type: ConstraintType, columns: string[]): Constraint {
  return { name, type, columns, notValid: false, notEnforced: false };
}
