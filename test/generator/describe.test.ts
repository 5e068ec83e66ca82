import { expect } from 'chai';
import { describePurpose, describeRefused, describeRollback, nameFromChanges } from '../../src/generator/describe.ts';
import type { Change } from '../../src/statement/change.ts';
import { readStatements } from '../../src/statement/read.ts';

describe('the words of a header', () => {
  const cases: { up: string; down?: string; name?: string; purpose: string; made: string; rollback?: string }[] = [
    {
      up: 'create table a (id int); create index i on a (id); create index j on a (id)',
      down: 'drop table a',
      purpose: 'Create a with 2 indexes',
      made: 'create_a',
      rollback: 'drop a; the rows of a are lost',
    },
    {
      up: "create type t as enum ('x'); create table a (id int); create index i on a (id)",
      purpose: 'Create a with 1 index',
      made: 'create_a',
    },
    {
      up: 'alter table users add column locale text',
      down: 'alter table users drop column locale',
      purpose: 'Add locale to users',
      made: 'add_locale_to_users',
      rollback: 'drop locale from users; the values of users.locale are lost',
    },
    {
      up: 'create index idx_lessons_subject on lessons (subject)',
      down: 'drop index idx_lessons_subject',
      name: 'find_lessons_by_subject',
      purpose: 'Find lessons by subject: add index idx_lessons_subject on lessons',
      made: 'add_index_idx_lessons_subject_on_lessons',
      rollback: 'drop index idx_lessons_subject; no data is lost',
    },
    {
      up: 'alter table a add column b int generated always as (c * 2) virtual',
      down: 'alter table a drop column b',
      purpose: 'Add b to a',
      made: 'add_b_to_a',
      rollback: 'drop b from a; no data is lost',
    },
    {
      up: 'alter table a alter column b type varchar(20)',
      down: 'alter table a alter column b type varchar(10)',
      purpose: 'Change the type of a.b',
      made: 'change_the_type_of_a_b',
      rollback: 'change the type of a.b; a value of a.b that character varying(10) has no room for stops it',
    },
    {
      up: 'alter table a alter column b type timestamptz(3)',
      down: 'alter table a alter column b type timestamptz(0)',
      purpose: 'Change the type of a.b',
      made: 'change_the_type_of_a_b',
      rollback: 'change the type of a.b; a.b is rounded to what timestamp(0) with time zone can hold',
    },
    {
      up: "comment on table a is 'x'; comment on column a.b is 'y'",
      down: 'comment on table a is null; comment on column a.b is null',
      purpose: 'Comment on a',
      made: 'comment_on_a',
      rollback: 'comment on a; no data is lost',
    },
    {
      up: `create unique index i_new on a (b); alter table a add constraint i_new unique using index i_new;
        drop index i; alter table a rename constraint i_new to i`,
      purpose: 'Change unique i of a',
      made: 'change_unique_i_of_a',
    },
    {
      up: `create unique index k_new on a (b); alter table a drop constraint k;
        alter table a add constraint k primary key using index k_new`,
      purpose: 'Change primary key k of a',
      made: 'change_primary_key_k_of_a',
    },
    {
      up: 'alter table a drop column b',
      down: 'alter table a add column b text',
      purpose: 'Drop b from a',
      made: 'drop_b_from_a',
      rollback: 'add b to a; no data is lost; a.b comes back empty',
    },
    {
      up: 'alter table users add column a text; alter table lessons add column b text',
      purpose: 'Add a to users; add b to lessons',
      made: 'change_users_and_lessons',
    },
    { up: 'alter table a alter column b drop not null', purpose: 'Drop not null on a.b', made: 'drop_not_null_on_a_b' },
    {
      up: `alter table a add constraint c_new check (b > 0) not valid; alter table a validate constraint c_new;
        alter table a drop constraint c; alter table a rename constraint c_new to c`,
      purpose: 'Change check c of a',
      made: 'change_check_c_of_a',
    },
    {
      up: `create unique index concurrently u on a (b); alter table a add constraint u unique using index u`,
      purpose: 'Add unique u to a',
      made: 'add_unique_u_to_a',
    },
    {
      up: `create index concurrently i_new on a (b); drop index concurrently i; alter index i_new rename to i`,
      purpose: 'Change index i of a',
      made: 'change_index_i_of_a',
    },
    {
      up: `alter table a add constraint n check (b is not null) not valid; alter table a validate constraint n;
        alter table a alter column b set not null; alter table a drop constraint n`,
      purpose: 'Set not null on a.b',
      made: 'set_not_null_on_a_b',
    },
    { up: 'select 1', name: 'by_hand', purpose: 'By hand', made: 'change_schema' },
  ];
  for (const { up, down, name, purpose, made, rollback } of cases) {
    it(`of ${up}`, async () => {
      expect(describePurpose(await changesOf(up), name)).to.equal(purpose);
      expect(nameFromChanges(await changesOf(up))).to.equal(made);
      if (down && rollback) {
        expect(describeRollback(await changesOf(up), await changesOf(down))).to.equal(rollback);
      }
    });
  }

  it('say so when there is no way back', async () => {
    expect(describeRollback(await changesOf('select 1'), [])).to.match(/^none/);
  });
});

async function changesOf(sql: string): Promise<Change[]> {
  return (await readStatements(sql)).flatMap(({ changes }) => changes);
}

describe('when what is written can be narrowed', () => {
  const cases: [sql: string, deploy: string | undefined][] = [
    ['alter table a add constraint c check (b > 0) not valid', 'when no running release writes what c refuses'],
    [
      `create unique index concurrently i on a (b); alter table a add constraint k unique using index i;
        create unique index u on a (b) where c; alter table a add constraint f foreign key (d) references e`,
      'when no running release writes what k, u and f refuse',
    ],
    ['alter table a alter column b set not null', 'when no running release writes a null into a.b'],
    // as it is proven before 18
    [
      `alter table a add constraint n check (b is not null) not valid; alter table a validate constraint n;
        alter table a alter column b set not null; alter table a drop constraint if exists n`,
      'when no running release writes a null into a.b',
    ],
    [
      'alter table a add b int, add c int default 1; alter table a add constraint k check (b > c); alter table a alter column c set not null',
      undefined,
    ],
    [
      'alter table a add b int; alter table a add constraint k unique (b, c)',
      'when no running release writes what k refuses',
    ],
    [
      'create table a (b int); alter table a add constraint k unique (b); alter table a alter b set not null',
      undefined,
    ],
    [
      `alter table a add constraint c_new check (b > 1) not valid; alter table a drop constraint c;
        alter table a rename constraint c_new to c`,
      'when no running release writes what c refuses',
    ],
    ['create index i on a (b); alter table a drop constraint c; alter table a alter b drop not null', undefined],
    [
      'alter table a add b int; create unique index concurrently k on a (b); alter table a add constraint k unique using index k',
      undefined,
    ],
    ['alter table a alter b drop default', 'when no running release leaves a.b to its default'],
    [
      'alter table a alter b drop default, alter c drop default; alter table a alter d set not null',
      'when no running release writes a null into a.d, or leaves a.b and a.c to their defaults',
    ],
    ['alter table a alter b drop default; alter table a alter b set default 2', undefined],
    ['alter table a alter b drop default; alter table a alter b add generated by default as identity', undefined],
    ['alter table a add b int not null default 1; alter table a alter b drop default', undefined],
  ];
  for (const [sql, deploy] of cases) {
    it(`says ${deploy ?? 'nothing'} of ${sql.replace(/\s+/g, ' ')}`, async () => {
      const changes = (await readStatements(sql)).flatMap(statement => statement.changes);
      expect(describeRefused(changes)).to.equal(deploy);
    });
  }
});
